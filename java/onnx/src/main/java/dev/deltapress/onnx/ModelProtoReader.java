package dev.deltapress.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a {@code ModelProto}; field numbers are those of onnx.proto.
 *
 * <p>Tensors of every kind are visited for the external files they need; only initializers of the
 * main graph that can be mapped are kept.
 */
final class ModelProtoReader {
    private final ProtoReader in;
    private final List<Initializer> initializers = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final List<Node> nodes = new ArrayList<>();
    private final LinkedHashSet<String> externalLocations = new LinkedHashSet<>();
    private boolean hasGraph;

    private ModelProtoReader(ProtoReader in) {
        this.in = in;
    }

    /**
     * Reads a model without its numbers.
     *
     * @throws dev.deltapress.MalformedFileException if it is no well-formed ONNX model
     */
    static ModelProto read(Path file) throws IOException {
        try (var channel = FileChannel.open(file)) {
            var reader = new ModelProtoReader(new ProtoReader(file, channel));
            reader.in.document(reader::modelField);
            if (!reader.hasGraph) {
                throw reader.in.malformed("the model has no graph");
            }
            return new ModelProto(reader.initializers, reader.nodes, reader.externalLocations);
        }
    }

    private void modelField(int number) throws IOException {
        switch (number) {
            case 7 -> { // graph
                hasGraph = true;
                in.message(this::mainGraphField);
            }
            case 20 -> in.message(this::trainingField); // training_info
            case 25 -> in.message(this::functionField); // functions
            default -> in.skip();
        }
    }

    private void mainGraphField(int number) throws IOException {
        if (number == 5) {
            addInitializer();
        } else {
            graphField(number);
        }
    }

    private void graphField(int number) throws IOException {
        switch (number) {
            case 1 -> nodes.add(node());
            case 5 -> visitTensor(); // initializer
            case 15 -> in.message(this::sparseTensorField); // sparse_initializer
            default -> in.skip();
        }
    }

    private void trainingField(int number) throws IOException {
        switch (number) {
            case 1, 2 -> in.message(this::graphField); // initialization, algorithm
            default -> in.skip();
        }
    }

    private void functionField(int number) throws IOException {
        if (number == 7) {
            // Names in a function are its own: its nodes read no initializer.
            int outside = nodes.size();
            node();
            nodes.subList(outside, nodes.size()).clear();
        } else {
            in.skip();
        }
    }

    private Node node() throws IOException {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        String[] nameAndType = {"", ""};
        in.message(
                number -> {
                    switch (number) {
                        case 1 -> inputs.add(in.string());
                        case 2 -> outputs.add(in.string());
                        case 3, 4 -> nameAndType[number - 3] = in.string();
                        case 5 -> in.message(this::attributeField);
                        default -> in.skip();
                    }
                });
        return new Node(nameAndType[0], nameAndType[1], inputs, outputs);
    }

    private void attributeField(int number) throws IOException {
        switch (number) {
            case 5, 10 -> visitTensor(); // t, tensors
            case 6, 11 -> in.message(this::graphField); // g, graphs
            case 22, 23 -> in.message(this::sparseTensorField); // sparse_tensor, sparse_tensors
            default -> in.skip();
        }
    }

    private void sparseTensorField(int number) throws IOException {
        switch (number) {
            case 1, 2 -> visitTensor(); // values, indices
            default -> in.skip();
        }
    }

    private void addInitializer() throws IOException {
        TensorProto tensor = visitTensor();
        if (tensor.name().isEmpty()) {
            throw in.malformed("an initializer without a name");
        }
        if (!names.add(tensor.name())) {
            throw in.malformed("a second initializer '" + tensor.name() + "'");
        }
        if (tensor.elements() != null) {
            initializers.add(new Initializer(tensor.name(), tensor.location(), tensor.elements()));
        }
    }

    private TensorProto visitTensor() throws IOException {
        TensorProto tensor = TensorProtoReader.read(in);
        if (tensor.location() != null) {
            externalLocations.add(tensor.location());
        }
        return tensor;
    }
}
