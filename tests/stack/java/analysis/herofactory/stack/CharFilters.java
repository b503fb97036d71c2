package herofactory.stack;

import java.io.Reader;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.CharFilterFactory;

/** What changes the text before it is cut into tokens. */
final class CharFilters {
    private record Named(String name, UnaryOperator<Reader> filter) implements CharFilterFactory {
        @Override
        public Reader create(Reader reader) {
            return filter.apply(reader);
        }
    }

    private CharFilters() {}

    static CharFilterFactory mapping(IndexSettings index, Environment e, String name, Settings settings) {
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        for (String rule : settings.getAsList("mappings")) {
            String[] sides = rule.split("=>", 2);
            if (sides.length != 2) {
                throw new IllegalArgumentException("Invalid Mapping Rule : [" + rule + "]");
            }
            map.add(sides[0].strip(), sides[1].strip());
        }
        NormalizeCharMap built = map.build();
        return new Named(name, reader -> new MappingCharFilter(built, reader));
    }

    static CharFilterFactory patternReplace(IndexSettings index, Environment e, String name, Settings settings) {
        Pattern pattern = Pattern.compile(settings.get("pattern"));
        String replacement = settings.get("replacement", "");
        return new Named(name, reader -> new PatternReplaceCharFilter(pattern, replacement, reader));
    }
}
