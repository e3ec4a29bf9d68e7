package dev.candor.training;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * An event file of TensorBoard: TFRecords that hold protocol buffers of type {@code Event}.
 *
 * <pre>
 *   record  = length (uint64), masked CRC32C of length, event, masked CRC32C of event
 *   Event   = 1: wall time (double), 2: step (int64), 3: file version, 5: Summary
 *   Summary = 1: Value, repeated;  Value = 1: tag, 2: simple value (float)
 * </pre>
 *
 * <p>Numbers are little-endian. An event is in the file when the method that adds it returns.
 */
final class TensorBoardFile implements Closeable {

    private static final int MASK_DELTA = 0xa282ead8;
    private static final int MASK_ROTATION = 15;

    private final FileChannel channel;

    private TensorBoardFile(FileChannel channel) {
        this.channel = channel;
    }

    /** A new file in a directory, which is made if it does not exist. */
    static TensorBoardFile in(Path directory) throws IOException {
        Files.createDirectories(directory);
        String name =
                String.format(
                        Locale.ROOT,
                        "events.out.tfevents.%010d.candor.%s",
                        System.currentTimeMillis() / 1000,
                        UUID.randomUUID());
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(name),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
        TensorBoardFile file = new TensorBoardFile(channel);
        file.event(0, message -> message.writeString(3, "brain.Event:2"));
        return file;
    }

    /** Adds the numbers of one epoch. */
    void add(CalibrationEpoch epoch) throws IOException {
        byte[] summary =
                message(
                        values -> {
                            value(values, "accuracy", epoch.accuracy());
                            value(values, "ece", epoch.ece());
                            value(values, "nll", epoch.nll());
                            value(values, "brier", epoch.brier());
                            value(values, "temperature", epoch.temperature());
                            value(values, "refinement", epoch.refinement());
                            value(values, "calibration", epoch.calibration());
                        });
        event(epoch.epoch(), message -> message.writeByteArray(5, summary));
    }

    private static void value(CodedOutputStream summary, String name, double number)
            throws IOException {
        byte[] value =
                message(
                        fields -> {
                            fields.writeString(1, "validation/" + name);
                            fields.writeFloat(2, (float) number);
                        });
        summary.writeByteArray(1, value);
    }

    private void event(long step, Fields content) throws IOException {
        byte[] event =
                message(
                        fields -> {
                            fields.writeDouble(1, System.currentTimeMillis() / 1e3);
                            fields.writeInt64(2, step);
                            content.writeTo(fields);
                        });
        ByteBuffer record =
                ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + event.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(event.length);
        record.putInt(maskedChecksum(record.array(), Long.BYTES));
        record.put(event).putInt(maskedChecksum(event, event.length)).flip();
        while (record.hasRemaining()) {
            channel.write(record);
        }
    }

    private static byte[] message(Fields content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream stream = CodedOutputStream.newInstance(bytes);
        content.writeTo(stream);
        stream.flush();
        return bytes.toByteArray();
    }

    private static int maskedChecksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return Integer.rotateRight((int) checksum.getValue(), MASK_ROTATION) + MASK_DELTA;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @FunctionalInterface
    private interface Fields {

        void writeTo(CodedOutputStream stream) throws IOException;
    }
}
