package dev.deltapress.cuda.gpu;

/** Where the time of a worker goes; names are those of the result. */
enum Stage {
    /** Both matrices to the device, and their difference there. */
    UPLOAD_AND_SUBTRACT,
    /** The truncated SVD. */
    FACTORISE,
    /** Keep rates of the components, for which the host draws masks and counts survivors. */
    THIN_ON_HOST,
    /** Masks and values on the device, and the packed block to the host. */
    MASK_AND_PACK,
    /**
     * The block back to the device and decoded, its product, the sum with the base, errors. One
     * stage, since decoding only queues work that measuring waits for.
     */
    UNPACK_AND_MEASURE,
    /** Block and base to the device, and the restored matrix to the host. */
    RESTORE
}
