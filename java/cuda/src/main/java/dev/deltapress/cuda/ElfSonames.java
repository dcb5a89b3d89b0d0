package dev.deltapress.cuda;

import dev.deltapress.cuda.ElfLibrary.Text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a shared library need others than it was linked with. The name of a needed library stands
 * in the dynamic string table. DT_NEEDED refers to it, and so does the version need of symbols
 * whose version is called like their library; that need holds the name's hash as well. All that is
 * changed in place, so the names must keep their length.
 *
 * <p>Source: System V gABI, chapter 5; Linux Standard Base Core, "Symbol Versioning".
 */
final class ElfSonames {
    /** Of Elf64_Verneed: vn_version, vn_cnt (2 bytes each), vn_file, vn_aux, vn_next (4 each). */
    private static final int VERNEED_BYTES = 16;

    /** Of Elf64_Vernaux: vna_hash (4), vna_flags, vna_other (2 each), vna_name, vna_next (4). */
    private static final int VERNAUX_BYTES = 16;

    private final ElfLibrary elf;
    private final Map<String, String> names;
    private final ByteBuffer edited;

    /** Where entries of the version needs were: chains in a damaged file may run in circles. */
    private final Set<Long> seen = new HashSet<>();

    private ElfSonames(ElfLibrary elf, byte[] content, Map<String, String> names) {
        this.elf = elf;
        this.names = names;
        edited = ByteBuffer.wrap(content.clone()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A copy of a library that needs others.
     *
     * @param library what it is, for errors
     * @param content the file's bytes; they are left as they are
     * @param names soname that the library needs to the one that the copy needs, equally long
     * @throws dev.deltapress.MalformedFileException if that is no 64-bit little-endian ELF library,
     *     is damaged, or does not need all these names
     */
    static byte[] rename(String library, byte[] content, Map<String, String> names) {
        names.forEach(
                (from, to) -> {
                    if (from.length() != to.length()) {
                        throw new IllegalArgumentException(
                                "%s and %s differ in length".formatted(from, to));
                    }
                });
        var edit = new ElfSonames(new ElfLibrary(library, content), content, names);
        edit.renameNeeded();
        edit.renameVersions();
        return edit.edited.array();
    }

    private void renameNeeded() {
        List<String> needed =
                elf.dynamics(ElfLibrary.DT_NEEDED).stream()
                        .map(offset -> rename(offset, "DT_NEEDED"))
                        .toList();
        for (String name : names.keySet()) {
            if (!needed.contains(name)) {
                throw elf.malformed("DT_NEEDED", name, String.join(", ", needed));
            }
        }
    }

    private void renameVersions() {
        if (elf.dynamics(ElfLibrary.DT_VERNEED).isEmpty()) {
            return;
        }
        long need = elf.offsetOf(elf.dynamic(ElfLibrary.DT_VERNEED, "DT_VERNEED"), "DT_VERNEED");
        long count = elf.dynamic(ElfLibrary.DT_VERNEEDNUM, "DT_VERNEEDNUM");
        for (long i = 0; i < count; i++) {
            String where = "version need " + i;
            requireNew(need, VERNEED_BYTES, where);
            rename(elf.uint32(need + 4), where);
            long version = need + elf.uint32(need + 8);
            for (int left = elf.uint16(need + 2); left > 0; left--) {
                renameVersion(version, where);
                version += elf.uint32(version + 12);
            }
            need += elf.uint32(need + 12);
        }
    }

    private void renameVersion(long version, String where) {
        requireNew(version, VERNAUX_BYTES, where);
        String name = rename(elf.uint32(version + 8), where);
        long hash = elf.uint32(version);
        if (hash != hash(name)) {
            throw elf.malformed(
                    "%s, hash of %s".formatted(where, name),
                    "0x%x".formatted(hash(name)),
                    "0x%x".formatted(hash));
        }
        edited.putInt((int) version, hash(names.getOrDefault(name, name)));
    }

    /** Returns the old name. Read from the original, since several refer to one string. */
    private String rename(long string, String where) {
        Text name = elf.string(string, where);
        String other = names.get(name.text());
        if (other != null) {
            edited.put((int) name.offset(), other.getBytes(StandardCharsets.ISO_8859_1));
        }
        return name.text();
    }

    private void requireNew(long entry, int byteSize, String where) {
        elf.require(entry, byteSize, where);
        if (!seen.add(entry)) {
            throw elf.malformed(
                    where, "an entry of its own", "the one at byte " + entry + " again");
        }
    }

    /** The System V hash of a name (gABI, "Hash Table"): 28 bits. */
    static int hash(String name) {
        int hash = 0;
        for (byte b : name.getBytes(StandardCharsets.ISO_8859_1)) {
            hash = (hash << 4) + Byte.toUnsignedInt(b);
            int top = hash & 0xF0000000;
            hash = (hash ^ (top >>> 24)) & ~top;
        }
        return hash;
    }
}
