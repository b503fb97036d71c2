package herofactory.stack;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.text.ParseException;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.apache.lucene.util.CharsRef;
import org.apache.lucene.util.CharsRefBuilder;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalysisMode;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/**
 * `synonym_graph` with `synonyms` or `synonyms_path` in Solr's format, `expand`, `lenient` and `updateable`. The rules
 * are read with what stands before the filter in its analyser.
 */
final class Synonyms extends AbstractTokenFilterFactory {
    private final Environment environment;
    private final Settings settings;
    private final boolean updateable;

    Synonyms(IndexSettings index, Environment environment, String name, Settings settings) {
        super(name);
        this.environment = environment;
        this.settings = settings;
        this.updateable = settings.getAsBoolean("updateable", false);
    }

    @Override
    public AnalysisMode getAnalysisMode() {
        return updateable ? AnalysisMode.SEARCH_TIME : AnalysisMode.ALL;
    }

    @Override
    public TokenStream create(TokenStream input) {
        throw new IllegalStateException("Call getChainAwareTokenFilterFactory to create synonyms");
    }

    @Override
    public TokenFilterFactory getChainAwareTokenFilterFactory(
            IndexCreationContext context,
            TokenizerFactory tokenizer,
            List<CharFilterFactory> charFilters,
            List<TokenFilterFactory> before,
            Function<String, TokenFilterFactory> all) {
        SynonymMap map = read(new Before(tokenizer, charFilters, before));
        AnalysisMode mode = getAnalysisMode();
        return new AbstractTokenFilterFactory(name()) {
            @Override
            public TokenStream create(TokenStream input) {
                return map.fst == null ? input : new SynonymGraphFilter(input, map, false);
            }

            @Override
            public AnalysisMode getAnalysisMode() {
                return mode;
            }
        };
    }

    private SynonymMap read(Analyzer analyzer) {
        boolean lenient = settings.getAsBoolean("lenient", updateable);
        try (Reader rules = rules()) {
            Parser parser = new Parser(settings.getAsBoolean("expand", true), lenient, analyzer);
            parser.parse(rules);
            return parser.build();
        } catch (IOException | ParseException error) {
            throw new IllegalArgumentException("failed to build synonyms: " + error.getMessage(), error);
        }
    }

    private Reader rules() {
        List<String> inline = settings.getAsList("synonyms", null);
        if (inline != null) {
            return new StringReader(String.join("\n", inline));
        }
        String path = settings.get("synonyms_path");
        if (path == null) {
            throw new IllegalArgumentException("synonym requires either `synonyms` or `synonyms_path` to be configured");
        }
        return Analysis.getReaderFromFile(environment, path, "synonyms_path");
    }

    /** The analyser's part before the synonyms, as the rules are read with it. */
    private static final class Before extends Analyzer {
        private final TokenizerFactory tokenizer;
        private final List<CharFilterFactory> charFilters;
        private final List<TokenFilterFactory> filters;

        Before(TokenizerFactory tokenizer, List<CharFilterFactory> charFilters, List<TokenFilterFactory> filters) {
            this.tokenizer = tokenizer;
            this.charFilters = charFilters;
            this.filters = filters.stream().map(TokenFilterFactory::getSynonymFilter).toList();
        }

        @Override
        protected TokenStreamComponents createComponents(String field) {
            Tokenizer source = tokenizer.create();
            TokenStream stream = source;
            for (TokenFilterFactory filter : filters) {
                stream = filter.create(stream);
            }
            return new TokenStreamComponents(source, stream);
        }

        @Override
        protected Reader initReader(String field, Reader reader) {
            Reader read = reader;
            for (CharFilterFactory filter : charFilters) {
                read = filter.create(read);
            }
            return read;
        }
    }

    /** A rule that analysis leaves nothing of, or more than a chain of tokens, ends the index's creation or is skipped. */
    private static final class Parser extends SolrSynonymParser {
        private final boolean lenient;

        Parser(boolean expand, boolean lenient, Analyzer analyzer) {
            super(true, expand, analyzer);
            this.lenient = lenient;
        }

        @Override
        public CharsRef analyze(String text, CharsRefBuilder reuse) throws IOException {
            try {
                return super.analyze(text, reuse);
            } catch (IllegalArgumentException error) {
                if (!lenient) {
                    throw error;
                }
                return new CharsRef();
            }
        }

        @Override
        public void add(CharsRef input, CharsRef output, boolean includeOriginal) {
            if (!lenient || (input.length > 0 && output.length > 0)) {
                super.add(input, output, includeOriginal);
            }
        }
    }
}
