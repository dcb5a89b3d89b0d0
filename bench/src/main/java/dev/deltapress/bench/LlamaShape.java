package dev.deltapress.bench;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.ShardPlan;
import dev.deltapress.checkpoint.ShardPlan.Shard;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.util.ArrayList;
import java.util.List;

/**
 * Sizes of a Llama in bf16 with as many key as query heads, as Llama-2-7B has them: 32 layers, 4096
 * wide, 11008 intermediate, vocabulary 32000.
 */
record LlamaShape(int layers, int hidden, int intermediate, int vocabulary) {
    private static final int HEAD = 128;

    LlamaShape {
        if (layers < 1 || hidden < 1 || intermediate < 1 || vocabulary < 1) {
            throw new IllegalArgumentException("every size must be at least 1");
        }
    }

    /** A shard for each layer, and one for embeddings, last norm and head. */
    ShardPlan plan() {
        List<Shard> shards = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            shards.add(new Shard(fileName(layer), layer(layer)));
        }
        List<PlannedTensor> rest =
                List.of(
                        tensor("model.embed_tokens.weight", vocabulary, hidden),
                        tensor("model.norm.weight", hidden),
                        tensor("lm_head.weight", vocabulary, hidden));
        shards.add(new Shard(fileName(layers), rest));
        return new ShardPlan(shards);
    }

    private String fileName(int shard) {
        return "model-%05d-of-%05d.safetensors".formatted(shard + 1, layers + 1);
    }

    private List<PlannedTensor> layer(int layer) {
        String prefix = "model.layers." + layer + ".";
        return List.of(
                tensor(prefix + "self_attn.q_proj.weight", hidden, hidden),
                tensor(prefix + "self_attn.k_proj.weight", hidden, hidden),
                tensor(prefix + "self_attn.v_proj.weight", hidden, hidden),
                tensor(prefix + "self_attn.o_proj.weight", hidden, hidden),
                tensor(prefix + "mlp.gate_proj.weight", intermediate, hidden),
                tensor(prefix + "mlp.up_proj.weight", intermediate, hidden),
                tensor(prefix + "mlp.down_proj.weight", hidden, intermediate),
                tensor(prefix + "input_layernorm.weight", hidden),
                tensor(prefix + "post_attention_layernorm.weight", hidden));
    }

    private static PlannedTensor tensor(String name, long... dimensions) {
        return new PlannedTensor(name, DType.BF16, Shape.of(dimensions));
    }

    /** The text of {@code config.json}. */
    String configJson() {
        int heads = Math.max(1, hidden / HEAD);
        return """
        {
          "architectures": ["LlamaForCausalLM"],
          "model_type": "llama",
          "hidden_act": "silu",
          "hidden_size": %d,
          "intermediate_size": %d,
          "num_hidden_layers": %d,
          "num_attention_heads": %d,
          "num_key_value_heads": %d,
          "vocab_size": %d,
          "max_position_embeddings": 4096,
          "rms_norm_eps": 1e-05,
          "tie_word_embeddings": false,
          "torch_dtype": "bfloat16"
        }
        """
                .formatted(hidden, intermediate, layers, heads, heads, vocabulary);
    }
}
