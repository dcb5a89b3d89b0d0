package dev.deltapress.checkpoint;

import static dev.deltapress.tensor.TensorRole.EMBEDDING;
import static dev.deltapress.tensor.TensorRole.MATRIX;
import static dev.deltapress.tensor.TensorRole.OTHER;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorRole;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

class TensorRolesTest {

    /** Names and shapes of published models. */
    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource({
        // Llama, Mistral, Qwen
        "model.embed_tokens.weight, 32000x4096, EMBEDDING",
        "model.layers.0.self_attn.q_proj.weight, 4096x4096, MATRIX",
        "model.layers.31.self_attn.k_proj.weight, 1024x4096, MATRIX",
        "model.layers.0.self_attn.q_proj.bias, 3584, OTHER",
        "model.layers.0.self_attn.rotary_emb.inv_freq, 64, OTHER",
        "model.layers.0.mlp.down_proj.weight, 4096x11008, MATRIX",
        "model.layers.0.input_layernorm.weight, 4096, OTHER",
        "model.norm.weight, 4096, OTHER",
        "lm_head.weight, 32000x4096, EMBEDDING",
        // Gemma
        "language_model.model.layers.3.mlp.gate_proj.weight, 10240x2560, MATRIX",
        "language_model.model.embed_tokens.weight, 262208x2560, EMBEDDING",
        "vision_tower.vision_model.embeddings.patch_embedding.weight, 1152x3x14x14, OTHER",
        "multi_modal_projector.mm_input_projection_weight, 1152x2560, OTHER",
        // Mixtral, Qwen MoE
        "model.layers.0.block_sparse_moe.gate.weight, 8x4096, OTHER",
        "model.layers.0.block_sparse_moe.experts.7.w1.weight, 14336x4096, MATRIX",
        "model.layers.0.mlp.experts.gate_up_proj, 128x2048x1536, MATRIX",
        "model.layers.0.mlp.experts.gate_up_proj, 128x2048x48, OTHER",
        // GPT-2
        "wte.weight, 50257x768, EMBEDDING",
        "transformer.wpe.weight, 1024x768, EMBEDDING",
        "transformer.h.0.attn.c_attn.weight, 768x2304, MATRIX",
        "h.11.mlp.c_fc.weight, 768x3072, MATRIX",
        "h.0.attn.bias, 1x1x1024x1024, OTHER",
        "h.0.ln_1.weight, 768, OTHER",
        // BERT, bge
        "embeddings.word_embeddings.weight, 30522x384, EMBEDDING",
        "bert.embeddings.position_embeddings.weight, 512x768, EMBEDDING",
        "embeddings.token_type_embeddings.weight, 2x384, OTHER",
        "embeddings.position_ids, 1x512, OTHER",
        "encoder.layer.11.attention.self.query.weight, 384x384, MATRIX",
        "bert.encoder.layer.0.output.dense.weight, 768x3072, MATRIX",
        "encoder.layer.0.output.LayerNorm.weight, 384, OTHER",
        "pooler.dense.weight, 384x384, OTHER",
        "classifier.weight, 3x768, OTHER",
        // T5
        "shared.weight, 32128x768, EMBEDDING",
        "encoder.embed_tokens.weight, 32128x768, EMBEDDING",
        "encoder.block.0.layer.0.SelfAttention.q.weight, 768x768, MATRIX",
        "decoder.block.3.layer.1.EncDecAttention.v.weight, 768x768, MATRIX",
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight, 32x12, OTHER",
        // Falcon, GPT-NeoX, ChatGLM
        "transformer.word_embeddings.weight, 65024x4544, EMBEDDING",
        "transformer.h.0.self_attention.query_key_value.weight, 4672x4544, MATRIX",
        "gpt_neox.embed_in.weight, 50432x2560, EMBEDDING",
        "embed_out.weight, 50432x2560, EMBEDDING",
        "transformer.output_layer.weight, 65024x4096, EMBEDDING",
        "output.weight, 32000x4096, EMBEDDING",
        // sides at the limit
        "blocks.7.fc.weight, 64x64, MATRIX",
        "blocks.7.fc.weight, 63x4096, OTHER",
        "layer1.fc.weight, 64x64, OTHER",
    })
    void aNameAndAShapeGiveARole(String name, String shape, TensorRole role) {
        long[] dimensions = Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();

        assertThat(TensorRoles.of(name, DType.BF16, Shape.of(dimensions))).isEqualTo(role);
    }

    @Test
    void onlyFloatingTypesOf16Or32BitsAreCompressed() {
        for (DType dtype : DType.values()) {
            boolean floating = dtype == DType.F32 || dtype == DType.F16 || dtype == DType.BF16;

            assertThat(TensorRoles.of("layers.0.w", dtype, Shape.of(64, 64)))
                    .isEqualTo(floating ? MATRIX : OTHER);
            assertThat(TensorRoles.of("lm_head.weight", dtype, Shape.of(64, 64)))
                    .isEqualTo(floating ? EMBEDDING : OTHER);
        }
    }
}
