#!/usr/bin/env bash
# Compresses the demo's pair by every method with the java and the native backend, restores what java wrote with java, native
# and cuda, and compares bytes. cuda runs on the stand-ins of NVIDIA's libraries that the build makes, so it is no test of a GPU.
# After `mvn verify`; takes three minutes. Exit code 1 where anything differs.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
models=bench/target/models
standins=$PWD/java/cuda/target/standins
export DELTAPRESS_JAVA_OPTS="-Ddeltapress.cuda.library=$standins/libdeltapress_standin.so -Ddeltapress.cuda.path=$standins/cuda13"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for method in impart impart-qt delta-come deltamix lowrank dare dare-qt darex-q deltadq ultradelta bitdelta delta-dct lossless; do
    case $method in
        bitdelta) ratio=(--ratio 15) ;;
        lossless) ratio=() ;;
        *) ratio=(--ratio 32) ;;
    esac
    for backend in java native; do
        ./deltapress compress --base $models/bge-small-en.onnx --tuned $models/bge-small-en-v1.5.onnx --out "$work/$method.$backend" \
            --method $method "${ratio[@]}" --backend $backend --quiet > /dev/null || failed=1
    done
    for backend in java native cuda; do
        ./deltapress restore --base $models/bge-small-en.onnx --delta "$work/$method.java" --out "$work/$backend.onnx" --force \
            --backend $backend --quiet > /dev/null || failed=1
    done
    if cmp "$work/$method.java/delta.safetensors" "$work/$method.native/delta.safetensors" \
        && cmp "$work/java.onnx" "$work/native.onnx" && cmp "$work/java.onnx" "$work/cuda.onnx"; then
        echo "$method: equal"
    else
        echo "$method: differs"
        failed=1
    fi
done
exit $failed
