package herofactory.stack;

import java.io.IOException;
import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ko.KoreanAnalyzer;
import org.apache.lucene.analysis.ko.KoreanPartOfSpeechStopFilter;
import org.apache.lucene.analysis.ko.KoreanReadingFormFilter;
import org.apache.lucene.analysis.ko.KoreanTokenizer;
import org.apache.lucene.analysis.ko.KoreanTokenizer.DecompoundMode;
import org.apache.lucene.analysis.ko.POS;
import org.apache.lucene.analysis.ko.dict.UserDictionary;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;

/** The Korean components, by the parameters of Elastic's "Korean (nori) analysis plugin" pages. */
final class Nori {
    private Nori() {}

    static TokenizerFactory tokenizer(IndexSettings index, Environment environment, String name, Settings settings)
            throws IOException {
        UserDictionary words = userDictionary(environment, settings);
        DecompoundMode mode = decompoundMode(settings);
        boolean discardPunctuation = settings.getAsBoolean("discard_punctuation", true);
        return TokenizerFactory.newFactory(
                name,
                () -> new KoreanTokenizer(
                        TokenStream.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, words, mode, false, discardPunctuation));
    }

    static TokenFilterFactory partOfSpeech(
            IndexSettings index, Environment environment, String name, Settings settings) {
        Set<POS.Tag> tags = stopTags(settings);
        return new Filter(name, false, input -> new KoreanPartOfSpeechStopFilter(input, tags));
    }

    static TokenFilterFactory readingForm(
            IndexSettings index, Environment environment, String name, Settings settings) {
        return new Filter(name, false, KoreanReadingFormFilter::new);
    }

    static AnalyzerProvider<? extends Analyzer> analyzer(
            IndexSettings index, Environment environment, String name, Settings settings) throws IOException {
        KoreanAnalyzer analyzer = new KoreanAnalyzer(
                userDictionary(environment, settings), decompoundMode(settings), stopTags(settings), false);
        return new AbstractIndexAnalyzerProvider<KoreanAnalyzer>(name) {
            @Override
            public KoreanAnalyzer get() {
                return analyzer;
            }
        };
    }

    private static DecompoundMode decompoundMode(Settings settings) {
        String mode = settings.get("decompound_mode", "discard");
        return DecompoundMode.valueOf(mode.toUpperCase(Locale.ROOT));
    }

    private static Set<POS.Tag> stopTags(Settings settings) {
        List<String> names = settings.getAsList("stoptags", null);
        if (names == null) {
            return KoreanPartOfSpeechStopFilter.DEFAULT_STOP_TAGS;
        }
        Set<POS.Tag> tags = new HashSet<>();
        names.forEach(name -> tags.add(POS.resolveTag(name)));
        return tags;
    }

    private static UserDictionary userDictionary(Environment environment, Settings settings) throws IOException {
        List<String> rules = settings.getAsList("user_dictionary_rules", null);
        if (rules != null && settings.get("user_dictionary") != null) {
            throw new IllegalArgumentException("user_dictionary and user_dictionary_rules exclude each other");
        }
        if (rules == null) {
            rules = Analysis.getWordList(environment, settings, "user_dictionary");
        }
        if (rules == null || rules.isEmpty()) {
            return null;
        }
        Set<String> seen = new HashSet<>();
        boolean lenient = settings.getAsBoolean("lenient", false);
        StringBuilder text = new StringBuilder();
        for (String rule : rules) {
            String word = rule.strip().split("\\s+")[0];
            if (word.isEmpty() || word.startsWith("#")) {
                continue;
            }
            if (seen.add(word)) {
                text.append(rule).append('\n');
            } else if (!lenient) {
                throw new IllegalArgumentException("Found duplicate term [" + word + "] in user dictionary");
            }
        }
        return UserDictionary.open(new StringReader(text.toString()));
    }
}
