import java.io.*; import java.nio.charset.StandardCharsets; import java.util.*;
import org.apache.lucene.analysis.*; import org.apache.lucene.analysis.ko.*; import org.apache.lucene.analysis.ko.dict.*;
import org.apache.lucene.analysis.tokenattributes.*; import org.apache.lucene.analysis.core.*;
public class Nori {
  public static void main(String[] a) throws Exception {
    UserDictionary ud = null;
    if (a.length > 0) ud = UserDictionary.open(new InputStreamReader(new FileInputStream(a[0]), StandardCharsets.UTF_8));
    final UserDictionary u = ud;
    Analyzer an = new Analyzer() { protected TokenStreamComponents createComponents(String f) {
      Tokenizer t = new KoreanTokenizer(TokenStream.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, u, KoreanTokenizer.DecompoundMode.DISCARD, false);
      TokenStream s = new KoreanPartOfSpeechStopFilter(t); s = new KoreanReadingFormFilter(s); s = new org.apache.lucene.analysis.LowerCaseFilter(s);
      return new TokenStreamComponents(t, s); } };
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8"); String l;
    while ((l = in.readLine()) != null) {
      TokenStream s = an.tokenStream("f", l); CharTermAttribute c = s.addAttribute(CharTermAttribute.class); OffsetAttribute o = s.addAttribute(OffsetAttribute.class);
      PositionIncrementAttribute p = s.addAttribute(PositionIncrementAttribute.class); s.reset(); int pos = -1; StringBuilder b = new StringBuilder();
      while (s.incrementToken()) { pos += p.getPositionIncrement(); if (b.length() > 0) b.append('\t'); b.append(c).append('\u0001').append(o.startOffset()).append('\u0001').append(o.endOffset()).append('\u0001').append(pos); }
      s.end(); s.close(); out.println(b);
    }
    out.flush();
  }
}
