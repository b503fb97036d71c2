package herofactory.stack;

import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.TokenStream;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;

/** A token filter from a function; `normalizes`: it also applies to wildcard and range queries. */
final class Filter extends AbstractTokenFilterFactory {
    private final boolean normalizes;
    private final UnaryOperator<TokenStream> filter;

    Filter(String name, boolean normalizes, UnaryOperator<TokenStream> filter) {
        super(name);
        this.normalizes = normalizes;
        this.filter = filter;
    }

    @Override
    public TokenStream create(TokenStream input) {
        return filter.apply(input);
    }

    @Override
    public TokenStream normalize(TokenStream input) {
        return normalizes ? filter.apply(input) : input;
    }
}
