package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {

    private static final TextFile.Columns COLUMNS = new TextFile.Columns("text", "label", true);

    @TempDir private Path folder;

    private Path file(String name, String content) throws IOException {
        return TextFiles.write(folder.resolve(name), content);
    }

    @Test
    void readsQuotedCommas() throws IOException {
        TextFile file =
                TextFile.read(
                        file("a.csv", "label,text\nx,\"one, \"\"two\"\"\nthree\"\ny,four\n"),
                        COLUMNS,
                        true);
        assertThat(file.texts()).containsExactly("one, \"two\"\nthree", "four");
        assertThat(file.labels()).containsExactly("x", "y");
        assertThat(file.labelled().classes()).containsExactly("x", "y");
    }

    @Test
    void readsTabsAndLeavesQuotesAlone() throws IOException {
        TextFile file =
                TextFile.read(
                        file("a.tsv.gz", "so \"it\" goes\t1\n\"on\t0\n"),
                        new TextFile.Columns("1", "2", false),
                        true);
        assertThat(file.texts()).containsExactly("so \"it\" goes", "\"on");
        assertThat(file.labels()).containsExactly("1", "0");
    }

    @Test
    void readsNoLabelsUnlessAsked() throws IOException {
        TextFile file = TextFile.read(file("a.csv.gz", "text\nhello\n"), COLUMNS, false);
        assertThat(file.texts()).containsExactly("hello");
        assertThat(file.labels()).isEmpty();
    }

    @Test
    void namesTheColumnsThatAreThere() throws IOException {
        Path file = file("a.csv", "query,intent\na,b\n");
        refuses(file, "no column 'text', there are query, intent");
    }

    @Test
    void refusesAnEmptyText() throws IOException {
        refuses(file("a.csv", "text,label\na,x\n\" \",y\n"), "row 2 has an empty text");
    }

    @Test
    void refusesARowThatIsTooShort() throws IOException {
        refuses(file("a.csv", "text,label\na,x\nb\n"), "row 2 has 1 columns, expected 2");
    }

    @Test
    void refusesATableWithoutRows() throws IOException {
        refuses(file("a.csv", "text,label\n"), "holds no texts");
    }

    @Test
    void refusesAnotherKindOfFile() throws IOException {
        refuses(file("a.xlsx", "text"), "expected a name that ends in .csv, .tsv or .gz of these");
    }

    @Test
    void refusesWhatIsNotCompressed() throws IOException {
        Path file = file("a.csv", "text,label\na,x\n");
        Path renamed = Files.copy(file, folder.resolve("b.csv.gz"));
        assertThatThrownBy(() -> TextFile.read(renamed, COLUMNS, true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("b.csv.gz: ");
    }

    @Test
    void refusesAnUnseenLabelAndFewerThanTwoClasses() throws IOException {
        TextFile file = TextFile.read(file("a.csv", "text,label\na,x\nb,x\n"), COLUMNS, true);
        assertThatThrownBy(() -> file.labelled(List.of("y", "z")))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        file.path() + ": labels[0] = 'x', which is none of the 2 classes: y, z");
        assertThatThrownBy(file::labelled)
                .isInstanceOf(IOException.class)
                .hasMessage(file.path() + ": the texts have 1 class [x], expected at least two");
    }

    private static void refuses(Path file, String message) {
        assertThatThrownBy(() -> TextFile.read(file, COLUMNS, true))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ": " + message);
    }
}
