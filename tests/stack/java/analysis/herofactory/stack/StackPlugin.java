package herofactory.stack;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/**
 * What the core leaves to modules that are not published as libraries: nori, the analysis components that an index of
 * HeroFactory names, and `GET /`. Names, parameters and defaults follow Elastic's documentation.
 */
public final class StackPlugin extends Plugin implements AnalysisPlugin, ActionPlugin {
    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of(
                "nori_tokenizer", Nori::tokenizer,
                "edge_ngram", Common::edgeNgramTokenizer,
                "whitespace", Common::whitespaceTokenizer);
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> filters = new HashMap<>();
        filters.put("nori_part_of_speech", Nori::partOfSpeech);
        filters.put("nori_readingform", Nori::readingForm);
        filters.put("lowercase", Common::lowercase);
        filters.put("asciifolding", Common::asciiFolding);
        filters.put("cjk_width", Common::cjkWidth);
        filters.put("trim", Common::trim);
        filters.put("unique", AnalysisPlugin.requiresAnalysisSettings(Common::unique));
        filters.put("length", AnalysisPlugin.requiresAnalysisSettings(Common::length));
        filters.put("limit", Common::limit);
        filters.put("edge_ngram", Common::edgeNgram);
        filters.put("ngram", Common::ngram);
        filters.put("flatten_graph", Common::flattenGraph);
        filters.put("synonym_graph", AnalysisPlugin.requiresAnalysisSettings(Synonyms::new));
        return filters;
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        return Map.of(
                "mapping", AnalysisPlugin.requiresAnalysisSettings(CharFilters::mapping),
                "pattern_replace", AnalysisPlugin.requiresAnalysisSettings(CharFilters::patternReplace));
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of("nori", Nori::analyzer);
    }

    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return Common.preConfiguredFilters();
    }

    @Override
    public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
        return Common.preConfiguredTokenizers();
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
            RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new RootHandler());
    }
}
