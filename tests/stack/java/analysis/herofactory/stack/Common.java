package herofactory.stack;

import java.util.List;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.LimitTokenCountFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenizer;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/** Lucene's filters under the names and defaults that Elastic documents. */
final class Common {
    private Common() {}

    static TokenFilterFactory lowercase(IndexSettings index, Environment e, String name, Settings settings) {
        return new Filter(name, true, LowerCaseFilter::new);
    }

    static TokenFilterFactory asciiFolding(IndexSettings index, Environment e, String name, Settings settings) {
        boolean keep = settings.getAsBoolean("preserve_original", false);
        return new Filter(name, !keep, input -> new ASCIIFoldingFilter(input, keep));
    }

    static TokenFilterFactory cjkWidth(IndexSettings index, Environment e, String name, Settings settings) {
        return new Filter(name, true, CJKWidthFilter::new);
    }

    static TokenFilterFactory trim(IndexSettings index, Environment e, String name, Settings settings) {
        return new Filter(name, true, TrimFilter::new);
    }

    /** With `only_on_same_position` only, whose default is false: anything else is refused, not misread. */
    static TokenFilterFactory unique(IndexSettings index, Environment e, String name, Settings settings) {
        if (settings.getAsBoolean("only_on_same_position", false) == false) {
            throw new IllegalArgumentException("unique is here with only_on_same_position: true only");
        }
        return new Filter(name, false, RemoveDuplicatesTokenFilter::new);
    }

    static TokenFilterFactory length(IndexSettings index, Environment e, String name, Settings settings) {
        int min = settings.getAsInt("min", 0);
        int max = settings.getAsInt("max", Integer.MAX_VALUE);
        return new Filter(name, false, input -> new LengthFilter(input, min, max));
    }

    static TokenFilterFactory limit(IndexSettings index, Environment e, String name, Settings settings) {
        int count = settings.getAsInt("max_token_count", 1);
        boolean all = settings.getAsBoolean("consume_all_tokens", false);
        return new Filter(name, false, input -> new LimitTokenCountFilter(input, count, all));
    }

    static TokenFilterFactory edgeNgram(IndexSettings index, Environment e, String name, Settings settings) {
        int min = settings.getAsInt("min_gram", 1);
        int max = settings.getAsInt("max_gram", 2);
        boolean keep = settings.getAsBoolean("preserve_original", false);
        return new Filter(name, false, input -> new EdgeNGramTokenFilter(input, min, max, keep));
    }

    static TokenFilterFactory ngram(IndexSettings index, Environment e, String name, Settings settings) {
        int min = settings.getAsInt("min_gram", 1);
        int max = settings.getAsInt("max_gram", 2);
        boolean keep = settings.getAsBoolean("preserve_original", false);
        if (max - min > index.getMaxNgramDiff()) {
            throw new IllegalArgumentException("max_gram - min_gram must not exceed index.max_ngram_diff, which is "
                    + index.getMaxNgramDiff());
        }
        return new Filter(name, false, input -> new NGramTokenFilter(input, min, max, keep));
    }

    static TokenFilterFactory flattenGraph(IndexSettings index, Environment e, String name, Settings settings) {
        return new Filter(name, false, FlattenGraphFilter::new);
    }

    /** Without `token_chars`, which is then "every character". */
    static TokenizerFactory edgeNgramTokenizer(IndexSettings index, Environment e, String name, Settings settings) {
        if (settings.getAsList("token_chars").isEmpty() == false) {
            throw new IllegalArgumentException("the edge_ngram tokenizer is here without token_chars only");
        }
        int min = settings.getAsInt("min_gram", 1);
        int max = settings.getAsInt("max_gram", 2);
        return TokenizerFactory.newFactory(name, () -> new EdgeNGramTokenizer(min, max));
    }

    static TokenizerFactory whitespaceTokenizer(IndexSettings index, Environment e, String name, Settings settings) {
        int longest = settings.getAsInt("max_token_length", 255);
        return TokenizerFactory.newFactory(name, () -> new WhitespaceTokenizer(longest));
    }

    static List<PreConfiguredTokenFilter> preConfiguredFilters() {
        return List.of(
                PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new),
                PreConfiguredTokenFilter.singleton("cjk_width", true, CJKWidthFilter::new),
                PreConfiguredTokenFilter.singleton("trim", true, TrimFilter::new),
                PreConfiguredTokenFilter.singleton("flatten_graph", false, FlattenGraphFilter::new));
    }

    static List<PreConfiguredTokenizer> preConfiguredTokenizers() {
        return List.of(
                PreConfiguredTokenizer.singleton("keyword", KeywordTokenizer::new),
                PreConfiguredTokenizer.singleton("whitespace", WhitespaceTokenizer::new));
    }
}
