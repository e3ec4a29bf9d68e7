package dev.candor.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardFileTest {

    private static final CalibrationEpoch FIRST =
            new CalibrationEpoch(1, 0.75, 0.0625, 0.5, 0.25, 1.5, 0.375);
    private static final CalibrationEpoch SECOND =
            new CalibrationEpoch(2, 0.875, 0.03125, 0.4375, 0.21875, 1.25, 0.40625);

    @TempDir Path directory;

    @Test
    void holdsTheNumbersOfEachEpochUnderItsStep() throws IOException {
        List<Event> events = write();
        assertThat(events).hasSize(3);
        assertThat(events.get(0).version).isEqualTo("brain.Event:2");
        assertThat(events.get(1).step).isEqualTo(1);
        assertThat(events.get(1).values)
                .containsExactlyEntriesOf(
                        new LinkedHashMap<>() {
                            private static final long serialVersionUID = 1;

                            {
                                put("validation/accuracy", 0.75f);
                                put("validation/ece", 0.0625f);
                                put("validation/nll", 0.5f);
                                put("validation/brier", 0.25f);
                                put("validation/temperature", 1.5f);
                                put("validation/refinement", 0.375f);
                                put("validation/calibration", 0.125f);
                            }
                        });
        assertThat(events.get(2).step).isEqualTo(2);
        assertThat(events.get(2).values).containsEntry("validation/accuracy", 0.875f);
    }

    @Test
    void tellsTheTimeInSeconds() throws IOException {
        double now = System.currentTimeMillis() / 1e3;
        assertThat(write())
                .allSatisfy(event -> assertThat(event.wallTime).isBetween(now, now + 60));
    }

    @Test
    void isReadableBeforeItIsClosed() throws IOException {
        try (TensorBoardFile file = TensorBoardFile.in(directory)) {
            file.add(FIRST);
            assertThat(read()).hasSize(2);
        }
    }

    @Test
    void isNamedSoThatTensorBoardFindsIt() throws IOException {
        write();
        assertThat(only().getFileName().toString())
                .matches("events\\.out\\.tfevents\\.\\d{10}\\..*");
    }

    private List<Event> write() throws IOException {
        try (TensorBoardFile file = TensorBoardFile.in(directory.resolve("new"))) {
            file.add(FIRST);
            file.add(SECOND);
        }
        Files.move(directory.resolve("new"), directory.resolve("done"));
        directory = directory.resolve("done");
        return read();
    }

    private Path only() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    private List<Event> read() throws IOException {
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(only())).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = new byte[8];
            bytes.get(length);
            assertThat(bytes.getInt()).isEqualTo(masked(length));
            byte[] event =
                    new byte
                            [(int)
                                    ByteBuffer.wrap(length)
                                            .order(ByteOrder.LITTLE_ENDIAN)
                                            .getLong()];
            bytes.get(event);
            assertThat(bytes.getInt()).isEqualTo(masked(event));
            events.add(new Event(CodedInputStream.newInstance(event)));
        }
        return events;
    }

    /** As the documentation of the format has it: right by 15 bits, plus a constant. */
    private static int masked(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        long crc = checksum.getValue();
        return (int) (((crc >>> 15 | crc << 17) & 0xffffffffL) + 0xa282ead8L);
    }

    private static final class Event {

        private double wallTime;
        private long step;
        private String version;
        private final Map<String, Float> values = new LinkedHashMap<>();

        Event(CodedInputStream fields) throws IOException {
            for (int tag = fields.readTag(); tag != 0; tag = fields.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case 1 -> wallTime = fields.readDouble();
                    case 2 -> step = fields.readInt64();
                    case 3 -> version = fields.readString();
                    case 5 -> summary(CodedInputStream.newInstance(fields.readByteArray()));
                    default -> throw new IOException("unknown field " + tag);
                }
            }
        }

        private void summary(CodedInputStream summary) throws IOException {
            while (summary.readTag() != 0) {
                CodedInputStream value = CodedInputStream.newInstance(summary.readByteArray());
                value.readTag();
                String name = value.readString();
                value.readTag();
                values.put(name, value.readFloat());
            }
        }
    }
}
