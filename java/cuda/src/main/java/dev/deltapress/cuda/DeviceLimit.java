package dev.deltapress.cuda;

import dev.deltapress.panama.DeviceOutOfMemoryException;

import java.util.ArrayList;
import java.util.List;

/**
 * How much memory of a device all workers together may take. Work on a tensor begins with a
 * reservation of all that it will need, which waits until others have given theirs back: nobody
 * waits while it holds something. What workers keep for later is freed where it is in the way.
 */
final class DeviceLimit {
    private final long bytes;
    private final List<DevicePool> pools = new ArrayList<>();
    private long reserved;

    DeviceLimit(long bytes) {
        this.bytes = bytes;
    }

    /** Gives back what was reserved. */
    interface Reservation extends AutoCloseable {
        @Override
        void close();
    }

    synchronized void add(DevicePool pool) {
        pools.add(pool);
    }

    synchronized void remove(DevicePool pool) {
        pools.remove(pool);
    }

    /**
     * Waits for its turn. Where there will never be as much as wanted, all is taken, so that how
     * matrices are put together never depends on memory.
     *
     * @param least of a matrix alone
     * @param wanted of the batch that it may be one of; both estimates from above
     * @throws DeviceOutOfMemoryException if the least is more than there will ever be
     */
    synchronized Reservation reserve(long least, long wanted) {
        if (least > bytes) {
            throw new DeviceOutOfMemoryException(
                    "%d MB of device memory needed, %d MB allowed; --device-memory sets the bound"
                            .formatted(least >> 20, bytes >> 20));
        }
        long need = Math.min(wanted, bytes);
        boolean interrupted = false;
        while (reserved + need > bytes) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // whoever interrupts ends the work elsewhere
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        reserved += need;
        if (reserved + pools.stream().mapToLong(DevicePool::idleBytes).sum() > bytes) {
            pools.forEach(DevicePool::freeIdle);
        }
        return () -> giveBack(need);
    }

    /**
     * Reserves memory for what stays until it is closed, without waiting: nobody knows for how
     * long.
     *
     * @throws DeviceOutOfMemoryException if there is not that much left
     */
    synchronized Reservation hold(long need) {
        if (reserved + need > bytes) {
            throw new DeviceOutOfMemoryException(
                    "%d bytes of device memory needed, %d of %d in use; --device-memory sets the bound"
                            .formatted(need, reserved, bytes));
        }
        return reserve(need, need);
    }

    private synchronized void giveBack(long need) {
        reserved -= need;
        notifyAll();
    }
}
