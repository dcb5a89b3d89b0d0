package dev.deltapress.cuda;

import dev.deltapress.BackendUnavailableException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.BackendProvider;
import dev.deltapress.backend.BackendStatus;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceInfo;
import dev.deltapress.panama.Flavour;
import dev.deltapress.panama.LibraryUnavailableException;
import dev.deltapress.panama.NativeLibrary;
import dev.deltapress.parallel.Team;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The backend {@code cuda}: libdeltapress's CUDA flavour, and cuBLAS and cuSOLVER through JCuda, on
 * every NVIDIA device that the driver lists.
 */
public final class CudaBackendProvider implements BackendProvider {
    /** What an NVIDIA driver puts there, on Linux and under Windows' subsystem for it. */
    private static final List<Path> DRIVERS =
            List.of(Path.of("/dev/nvidiactl"), Path.of("/dev/dxg"));

    private static final int MAJOR = 1000;
    private static final int MINOR = 10;

    /** For {@code ServiceLoader}. */
    public CudaBackendProvider() {}

    @Override
    public BackendStatus status() {
        try {
            List<DeviceInfo> devices = devices();
            CudaLibraries libraries = CudaLibraries.present();
            if (!libraries.isAvailable()) {
                return no(libraries.whyNot());
            }
            List<String> shown = new ArrayList<>();
            devices.forEach(device -> shown.add(show(device)));
            String detail = String.join(", ", shown) + "; " + libraries.description();
            return new BackendStatus(CudaBackend.NAME, true, detail);
        } catch (BackendUnavailableException e) {
            return no(String.valueOf(e.getMessage()));
        }
    }

    private static BackendStatus no(String why) {
        return new BackendStatus(CudaBackend.NAME, false, why);
    }

    private static String show(DeviceInfo device) {
        int driver = device.driverVersion();
        return "%s with %d MB, %d free, compute %d.%d, driver for CUDA %d.%d"
                .formatted(
                        device.name(),
                        device.memoryTotal() >> 20,
                        device.memoryFree() >> 20,
                        device.computeMajor(),
                        device.computeMinor(),
                        driver / MAJOR,
                        driver % MAJOR / MINOR);
    }

    /** The devices there are; at least one. */
    private static List<DeviceInfo> devices() {
        // Loading a library to hear that there is no driver would cost every run without a GPU.
        boolean named = System.getProperty(Flavour.CUDA.property()) != null;
        if (!named && DRIVERS.stream().noneMatch(Files::exists)) {
            throw new LibraryUnavailableException("no NVIDIA driver");
        }
        DeltaPressNative library = NativeLibrary.of(Flavour.CUDA).functions();
        List<DeviceInfo> devices = new ArrayList<>();
        for (int device = 0; device < DeviceInfo.count(library); device++) {
            devices.add(DeviceInfo.of(library, device));
        }
        return devices;
    }

    @Override
    public Backend create(Team team, long deviceMemoryBytes) {
        int devices = devices().size();
        CudaLibraries libraries = CudaLibraries.present();
        if (!libraries.isAvailable()) {
            throw new BackendUnavailableException(libraries.whyNot());
        }
        return new CudaBackend(
                NativeLibrary.of(Flavour.CUDA).functions(), devices, deviceMemoryBytes);
    }
}
