package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Who owns what the library allocates. */
class HandlesTest {
    private final DeltaPressNative library = Host.library();

    @Test
    void bytesComeBackFromADevice() {
        try (Arena arena = Arena.ofConfined();
                DeviceStream stream = new DeviceStream(library, 0);
                DeviceBuffer there = new DeviceBuffer(library, 0, 100);
                DeviceBuffer elsewhere = new DeviceBuffer(library, 0, 100);
                PinnedBuffer pinned = new PinnedBuffer(library, 100)) {
            MemorySegment host = arena.allocate(100).fill((byte) 42);

            library.copyToDevice(stream.address(), there.address(), host, 100);
            library.fill(stream.address(), elsewhere.address(), 7, 100);
            library.copyOnDevice(stream.address(), elsewhere.address(), there.address(), 60);
            library.copyToHost(stream.address(), pinned.segment(), elsewhere.address(), 100);
            stream.sync();

            assertThat(pinned.segment().get(ValueLayout.JAVA_BYTE, 59)).isEqualTo((byte) 42);
            assertThat(pinned.segment().get(ValueLayout.JAVA_BYTE, 60)).isEqualTo((byte) 7);
        }
    }

    @Test
    void theHostCannotReadADeviceBuffer() {
        try (DeviceBuffer buffer = new DeviceBuffer(library, 0, 8)) {
            assertThat(buffer.byteSize()).isEqualTo(8);
            assertThatThrownBy(() -> buffer.address().get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            buffer.requireBytes(8);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> buffer.requireBytes(9))
                    .withMessage("9 bytes in a device buffer of 8");
        }
    }

    @Test
    void useAfterCloseThrowsAndClosingTwiceDoesNot() {
        DeviceBuffer buffer = new DeviceBuffer(library, 0, 8);
        PinnedBuffer pinned = new PinnedBuffer(library, 8);
        DeviceStream stream = new DeviceStream(library, 0);
        DeviceEvent event = new DeviceEvent(library, 0);
        MemorySegment kept = buffer.address();
        for (AutoCloseable handle : new AutoCloseable[] {buffer, pinned, event}) {
            closeTwice(handle);
        }

        assertThatIllegalStateException()
                .isThrownBy(buffer::address)
                .withMessage("device buffer is closed");
        assertThatIllegalStateException()
                .isThrownBy(pinned::segment)
                .withMessage("pinned buffer is closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> event.record(stream))
                .withMessage("event is closed");
        // Also where somebody kept the address.
        assertThatIllegalStateException()
                .isThrownBy(() -> library.fill(stream.address(), kept, 0, 8));
        closeTwice(stream);
        assertThatIllegalStateException().isThrownBy(stream::sync).withMessage("stream is closed");
    }

    private static void closeTwice(AutoCloseable handle) {
        try {
            handle.close();
            handle.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void eventsTellTimeAndOrder() {
        try (DeviceStream stream = new DeviceStream(library, 0);
                DeviceStream other = new DeviceStream(library, 0);
                DeviceEvent start = new DeviceEvent(library, 0);
                DeviceEvent end = new DeviceEvent(library, 0)) {
            start.sync(); // never recorded, so it has happened
            start.record(stream);
            other.waitFor(start);
            end.record(other);
            end.sync();
            assertThat(end.millisecondsSince(start)).isBetween(0.0, 10_000.0);
        }
    }

    @Test
    void theHostIsOneDevice() {
        assertThat(DeviceInfo.count(library)).isEqualTo(1);
        DeviceInfo info = DeviceInfo.of(library, 0);
        assertThat(info.name()).isNotBlank();
        assertThat(info.memoryTotal()).isGreaterThan(1L << 28);
        assertThat(info.memoryFree()).isBetween(0L, info.memoryTotal());
        assertThat(info.multiprocessors()).isPositive();
        assertThat(info.computeMajor() + info.computeMinor() + info.driverVersion()).isZero();
    }

    @Test
    void moreMemoryThanThereIsIsItsOwnKindOfError() {
        assertThatThrownBy(() -> new DeviceBuffer(library, 0, 1L << 56))
                .isInstanceOfAny(DeviceOutOfMemoryException.class, IllegalArgumentException.class)
                .hasMessageStartingWith("dp_device_alloc");
        assertThatThrownBy(() -> new DeviceBuffer(library, 0, 1L << 46))
                .isExactlyInstanceOf(DeviceOutOfMemoryException.class);
    }

    @Test
    void badArgumentsAreTheCallersMistake() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DeviceBuffer(library, 1, 8))
                .withMessageContaining("device");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DeviceBuffer(library, 0, -1))
                .withMessageContaining("bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> library.hostSetVectorBits(100));
        assertThatIllegalArgumentException().isThrownBy(() -> library.hostSetThreads(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> library.streamSync(MemorySegment.NULL))
                .withMessageContaining("stream");
        assertThat(library.statusName(1)).isEqualTo("DP_INVALID_ARGUMENT");
    }

    @Test
    void heapMemoryIsRefusedBeforeTheCall() {
        try (DeviceStream stream = new DeviceStream(library, 0)) {
            MemorySegment heap = MemorySegment.ofArray(new byte[8]);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> library.fill(stream.address(), heap, 0, 8))
                    .withMessageContaining("Heap segment not allowed");
        }
    }
}
