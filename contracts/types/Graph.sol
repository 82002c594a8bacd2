// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One tensor of an integer graph. Tensor 0 is the input, the last one the output.
struct Tensor {
    uint8 dtype; // 0..3: i8, i16, i32, i64, big-endian two's complement
    uint32 length; // elements
}

/// @notice Operator i writes tensor i + 1 and reads an earlier one.
struct Op {
    uint8 code; // 1 DENSE, 2 ARGMAX
    uint8 rounding; // of DENSE: 0 FLOOR, 1 GEMMLOWP
    uint16 input; // tensor read
    uint32 rows; // elements written
    uint32 k; // elements read for each of them
    int32 zero; // zero point of the output, GEMMLOWP only
    int64 lo; // bounds of the output, DENSE only
    int64 hi;
}

/// @title Graph
/// @notice Codes and identity of integer graphs.
library Graph {
    /// @notice Names the arithmetic of `DENSE` and `ARGMAX` as specified in docs/protocol/inference.md.
    uint16 internal constant ARITHMETIC_VERSION = 1;

    /// @notice Most operators of a graph: graph and roots travel in the calldata of every proof, and must fit.
    uint256 internal constant MAX_OPS = 256;
    uint8 internal constant MAX_DTYPE = 3;
    uint8 internal constant DENSE = 1;
    uint8 internal constant ARGMAX = 2;
    uint8 internal constant FLOOR = 0;
    uint8 internal constant GEMMLOWP = 1;

    /// @notice Commits to a graph.
    function hash(Tensor[] calldata tensors, Op[] calldata ops) internal pure returns (bytes32) {
        return keccak256(abi.encode(ARITHMETIC_VERSION, tensors, ops));
    }

    /// @notice Bytes of one element.
    function width(Tensor calldata tensor) internal pure returns (uint256) {
        return 1 << tensor.dtype;
    }

    /// @notice Bytes of all elements.
    function size(Tensor calldata tensor) internal pure returns (uint256) {
        return tensor.length * width(tensor);
    }
}
