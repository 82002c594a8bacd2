// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { Graph, Op, Tensor } from "../types/Graph.sol";

/// @title GraphSpec
/// @notice Checks that an integer graph can be replayed and that every unit of it can be proven in one transaction.
library GraphSpec {
    using Graph for Tensor;

    /// @notice What is wrong with a graph.
    enum Fault {
        TensorCount, // actual, expected: one more than operators, of which there are 1 to 256
        Dtype, // actual, highest
        TensorLength, // 0
        EndsLength, // first and last tensor together in bytes, highest
        OpCode, // actual, highest
        Rounding, // actual, highest
        InputOrder, // tensor read, highest allowed
        K, // actual, length of the tensor read
        Rows, // actual, length of the tensor written
        UnitSize, // bytes of weights and inputs of one output element, highest
        Bounds, // lo, hi: lo above hi, or outside the output's dtype
        Zero, // actual, 0: FLOOR and ARGMAX have no zero point
        ArgmaxRange, // highest index, highest value of the output's dtype
        TensorSize // bytes, highest
    }

    /// @notice The graph cannot be published. `index` is the tensor's or operator's.
    error GraphInvalid(Fault fault, uint256 index, int256 actual, int256 expected);

    /// @dev A unit travels in calldata, whose floor (EIP-7623) prices bytes: 12,288 fit the 750,000 gas of a proof.
    uint256 private constant MAX_UNIT_BYTES = 12_288;
    /// @dev A proof that shows a whole tensor fits into a transaction (131,072 bytes in public mempools), and a game
    /// over its 96 leaves into 8 moves.
    uint256 private constant MAX_TENSOR_BYTES = 98_304;

    /// @notice Reverts with `GraphInvalid` unless every unit of the graph can be proven.
    /// @param maxEndsBytes the most that first and last tensor may take together, in bytes.
    function requireProvable(Tensor[] calldata tensors, Op[] calldata ops, uint256 maxEndsBytes) internal pure {
        uint256 count = tensors.length;
        if (ops.length == 0 || ops.length > Graph.MAX_OPS || count != ops.length + 1) {
            _fail(Fault.TensorCount, 0, count, Math.min(ops.length, Graph.MAX_OPS) + 1);
        }
        for (uint256 i = 0; i < count; ++i) {
            if (tensors[i].dtype > Graph.MAX_DTYPE) _fail(Fault.Dtype, i, tensors[i].dtype, Graph.MAX_DTYPE);
            if (tensors[i].length == 0) _fail(Fault.TensorLength, i, 0, 1);
            if (tensors[i].size() > MAX_TENSOR_BYTES) _fail(Fault.TensorSize, i, tensors[i].size(), MAX_TENSOR_BYTES);
        }
        uint256 ends = tensors[0].size() + tensors[count - 1].size();
        if (ends > maxEndsBytes) _fail(Fault.EndsLength, 0, ends, maxEndsBytes);
        for (uint256 i = 0; i < ops.length; ++i) _requireOp(tensors, ops[i], i);
    }

    function _requireOp(Tensor[] calldata tensors, Op calldata op, uint256 i) private pure {
        if (op.code != Graph.DENSE && op.code != Graph.ARGMAX) _fail(Fault.OpCode, i, op.code, Graph.ARGMAX);
        if (op.input > i) _fail(Fault.InputOrder, i, op.input, i);
        Tensor calldata input = tensors[op.input];
        Tensor calldata output = tensors[i + 1];
        if (op.k != input.length) _fail(Fault.K, i, op.k, input.length);
        if (op.rows != output.length) _fail(Fault.Rows, i, op.rows, output.length);
        uint256 unit = op.k * (1 + input.width());
        if (unit > MAX_UNIT_BYTES) _fail(Fault.UnitSize, i, unit, MAX_UNIT_BYTES);
        if (op.code == Graph.DENSE) _requireDense(op, output, i);
        else _requireArgmax(op, output, i);
    }

    function _requireDense(Op calldata op, Tensor calldata output, uint256 i) private pure {
        if (op.rounding > Graph.GEMMLOWP) _fail(Fault.Rounding, i, op.rounding, Graph.GEMMLOWP);
        if (op.rounding != Graph.GEMMLOWP && op.zero != 0) revert GraphInvalid(Fault.Zero, i, op.zero, 0);
        int256 highest = _highest(output);
        if (op.lo > op.hi || op.lo < -highest - 1 || op.hi > highest)
            revert GraphInvalid(Fault.Bounds, i, op.lo, op.hi);
    }

    function _requireArgmax(Op calldata op, Tensor calldata output, uint256 i) private pure {
        if (op.rounding != 0) _fail(Fault.Rounding, i, op.rounding, 0);
        if (op.rows != 1) _fail(Fault.Rows, i, op.rows, 1);
        if (op.zero != 0) revert GraphInvalid(Fault.Zero, i, op.zero, 0);
        if (op.lo != 0 || op.hi != 0) revert GraphInvalid(Fault.Bounds, i, op.lo, op.hi);
        int256 last = int256(uint256(op.k)) - 1;
        if (last > _highest(output)) revert GraphInvalid(Fault.ArgmaxRange, i, last, _highest(output));
    }

    function _highest(Tensor calldata tensor) private pure returns (int256) {
        return int256((1 << (8 * tensor.width() - 1)) - 1);
    }

    /// @dev All callers pass values below 2^41.
    function _fail(Fault fault, uint256 index, uint256 actual, uint256 expected) private pure {
        revert GraphInvalid(fault, index, int256(actual), int256(expected));
    }
}
