// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { IDisputeManager } from "../disputes/IDisputeManager.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { ISlashingRegistry } from "../slashing/ISlashingRegistry.sol";
import { Graph, Op, Tensor } from "../types/Graph.sol";
import { Receipt } from "../types/Receipt.sol";
import { IReplayGame } from "./IReplayGame.sol";
import { TraceTree } from "./TraceTree.sol";
import { UnitMath } from "./UnitMath.sol";

/// @title TraceProofs
/// @notice The half of ReplayGame that overturns in one transaction. See `IReplayGame`.
abstract contract TraceProofs is IReplayGame {
    using Graph for Tensor;

    /* IMMUTABLES */

    /// @notice Settles what is proven here.
    IDisputeManager public immutable DISPUTES;
    /// @notice Answers and their locks.
    IAttestationRegistry public immutable ATTESTATIONS;
    /// @notice Graphs and weights.
    IModelRegistry public immutable MODELS;

    constructor(IDisputeManager disputes, IAttestationRegistry attestations, IModelRegistry models) {
        DISPUTES = disputes;
        ATTESTATIONS = attestations;
        MODELS = models;
    }

    /* PROOFS */

    /// @inheritdoc IReplayGame
    function proveUnit(
        Receipt calldata receipt,
        Trace calldata trace,
        Unit calldata unit
    ) external returns (uint256 taken) {
        bytes32 weightsRoot = _requireTrace(receipt, trace);
        int256 claimed = _claimed(trace, unit);
        _requireInputs(trace, unit, weightsRoot);
        int256 computed = _computed(trace, unit);
        if (claimed == computed) revert UnitHolds(unit.op, unit.row, claimed);
        emit UnitDisproven({
            receiptId: ATTESTATIONS.receiptIdOf(receipt),
            prover: msg.sender,
            op: unit.op,
            row: unit.row,
            claimed: claimed,
            computed: computed
        });
        return _overturn(receipt);
    }

    /// @inheritdoc IReplayGame
    function proveRootCount(Receipt calldata receipt, Trace calldata trace) external returns (uint256) {
        _requireGraph(receipt, trace);
        _requireRoots(receipt, trace.roots);
        if (trace.roots.length == trace.tensors.length) revert FaultAbsent(Fault.RootCount);
        return _overturnTrace(receipt, Fault.RootCount);
    }

    /// @inheritdoc IReplayGame
    function provePadding(
        Receipt calldata receipt,
        Trace calldata trace,
        uint16 tensor,
        bytes calldata leaf,
        bytes32[] calldata proof
    ) external returns (uint256) {
        _requireTrace(receipt, trace);
        uint256 size = _tensorOf(trace, tensor).size();
        uint256 leaves = TraceTree.leavesOf(size);
        _requireLength(leaf.length, TraceTree.LEAF_BYTES);
        bytes32 hash = TraceTree.tensorLeaf(tensor, leaves - 1, leaf);
        _requireNode(trace, tensor, leaves, hash, leaves - 1, proof);
        uint256 used = size - (leaves - 1) * TraceTree.LEAF_BYTES;
        if (TraceTree.tensorLeaf(tensor, leaves - 1, leaf[:used]) == hash) revert FaultAbsent(Fault.Padding);
        return _overturnTrace(receipt, Fault.Padding);
    }

    /// @inheritdoc IReplayGame
    function proveMissingLeaf(
        Receipt calldata receipt,
        Trace calldata trace,
        uint16 tensor,
        uint32 position,
        bytes32 word,
        bytes32[] calldata proof
    ) external returns (uint256) {
        _requireTrace(receipt, trace);
        uint256 leaves = TraceTree.leavesOf(_tensorOf(trace, tensor).size());
        uint256 places = 1 << TraceTree.depthOf(leaves);
        if (position < leaves || position >= places) revert LeafOutOfRange(position, leaves, places - 1);
        if (word == 0) revert FaultAbsent(Fault.MissingLeaf);
        _requireNode(trace, tensor, leaves, word, position, proof);
        return _overturnTrace(receipt, Fault.MissingLeaf);
    }

    /// @inheritdoc IReplayGame
    function proveEnd(
        Receipt calldata receipt,
        Trace calldata trace,
        End end,
        bytes calldata shown
    ) external returns (uint256) {
        bytes32 preprocessHash = _requireGraph(receipt, trace);
        bool request = end == End.Request;
        if (request && preprocessHash != 0) revert RequestPreprocessed(preprocessHash);
        bytes32 expected = request ? receipt.inputHash : receipt.outputHash;
        if (keccak256(shown) != expected) revert EndMismatch(end, keccak256(shown), expected);
        uint256 tensor = request ? 0 : trace.ops.length;
        Fault fault = request ? Fault.Request : Fault.Output;
        if (shown.length == trace.tensors[tensor].size()) {
            _requireTrace(receipt, trace);
            if (TraceTree.tensorRoot(tensor, shown) == trace.roots[tensor]) revert FaultAbsent(fault);
        }
        return _overturnTrace(receipt, fault);
    }

    /* INTERNAL: WHAT IS SHOWN */

    /// @dev Graph and roots are those that the receipt's model and the receipt commit to.
    function _requireTrace(Receipt calldata receipt, Trace calldata trace) internal view returns (bytes32 weightsRoot) {
        (weightsRoot, ) = _requireModel(receipt, trace);
        _requireRoots(receipt, trace.roots);
        if (trace.roots.length != trace.tensors.length) {
            revert RootCountMismatch(trace.roots.length, trace.tensors.length);
        }
    }

    function _requireRoots(Receipt calldata receipt, bytes32[] calldata roots) internal pure {
        bytes32 traceRoot = keccak256(abi.encode(roots));
        if (traceRoot != receipt.traceRoot) revert TraceMismatch(traceRoot, receipt.traceRoot);
    }

    function _requireGraph(
        Receipt calldata receipt,
        Trace calldata trace
    ) private view returns (bytes32 preprocessHash) {
        (, preprocessHash) = _requireModel(receipt, trace);
    }

    function _requireModel(
        Receipt calldata receipt,
        Trace calldata trace
    ) private view returns (bytes32 weightsRoot, bytes32 preprocessHash) {
        bytes32 specHash;
        (specHash, weightsRoot, preprocessHash) = MODELS.replayOf(receipt.modelId);
        if (specHash == 0) revert NotReplayable(receipt.modelId);
        bytes32 actual = Graph.hash(trace.tensors, trace.ops);
        if (actual != specHash) revert GraphMismatch(actual, specHash);
    }

    function _tensorOf(Trace calldata trace, uint256 tensor) private pure returns (Tensor calldata) {
        if (tensor >= trace.tensors.length) revert TensorOutOfRange(tensor, 0, trace.tensors.length - 1);
        return trace.tensors[tensor];
    }

    /// @dev A leaf with its proof leads to the tensor's root.
    function _requireNode(
        Trace calldata trace,
        uint256 tensor,
        uint256 leaves,
        bytes32 leaf,
        uint256 position,
        bytes32[] calldata proof
    ) private pure {
        _requireProof(proof.length, leaves);
        _requireRoot(trace, tensor, TraceTree.rootOf(leaf, position, proof));
    }

    function _requireRoot(Trace calldata trace, uint256 tensor, bytes32 root) private pure {
        if (root != trace.roots[tensor]) revert TensorRootMismatch(tensor, root, trace.roots[tensor]);
    }

    function _requireProof(uint256 words, uint256 leaves) private pure {
        uint256 depth = TraceTree.depthOf(leaves);
        if (words != depth) revert ProofLength(words, depth);
    }

    function _requireLength(uint256 actual, uint256 expected) internal pure {
        if (actual != expected) revert LengthMismatch(actual, expected);
    }

    /* INTERNAL: ONE UNIT */

    /// @dev The element that the operator committed to.
    function _claimed(Trace calldata trace, Unit calldata unit) private pure returns (int256) {
        if (unit.op >= trace.ops.length) revert OpOutOfRange(unit.op, trace.ops.length);
        if (unit.row >= trace.ops[unit.op].rows) revert RowOutOfRange(unit.row, trace.ops[unit.op].rows);
        uint256 tensor = uint256(unit.op) + 1;
        uint256 width = trace.tensors[tensor].width();
        uint256 size = trace.tensors[tensor].size();
        // Widths divide a leaf: an element is never in two.
        uint256 start = unit.row * width;
        uint256 within = start % TraceTree.LEAF_BYTES;
        uint256 leaf = start / TraceTree.LEAF_BYTES;
        uint256 rest = size - (start - within);
        _requireLength(unit.outputLeaf.length, rest < TraceTree.LEAF_BYTES ? rest : TraceTree.LEAF_BYTES);
        bytes32 hash = TraceTree.tensorLeaf(tensor, leaf, unit.outputLeaf);
        _requireNode(trace, tensor, TraceTree.leavesOf(size), hash, leaf, unit.outputProof);
        return UnitMath.element(unit.outputLeaf, within / width, width);
    }

    /// @dev The tensor read and the row are those that the operator and the model committed to.
    function _requireInputs(Trace calldata trace, Unit calldata unit, bytes32 weightsRoot) private pure {
        Op calldata op = trace.ops[unit.op];
        _requireLength(unit.input.length, trace.tensors[op.input].size());
        _requireRoot(trace, op.input, TraceTree.tensorRoot(op.input, unit.input));
        if (op.code == Graph.DENSE) _requireRow(trace.ops, unit, weightsRoot);
        else _requireLength(unit.weights.values.length, 0);
    }

    /// @dev The element that follows from the tensor read.
    function _computed(Trace calldata trace, Unit calldata unit) private pure returns (int256) {
        Op calldata op = trace.ops[unit.op];
        uint256 width = trace.tensors[op.input].width();
        if (op.code == Graph.DENSE) return UnitMath.dense(op, unit.weights, unit.input, width);
        return int256(UnitMath.argmax(unit.input, width));
    }

    function _requireRow(Op[] calldata ops, Unit calldata unit, bytes32 weightsRoot) private pure {
        UnitMath.Row calldata row = unit.weights;
        _requireLength(row.values.length, ops[unit.op].k);
        (uint256 position, uint256 leaves) = _placeOf(ops, unit.op);
        _requireProof(row.proof.length, leaves);
        bytes32 leaf = TraceTree.weightLeaf(unit.op, unit.row, row);
        bytes32 root = TraceTree.rootOf(leaf, position + unit.row, row.proof);
        if (root != weightsRoot) revert WeightsMismatch(root, weightsRoot);
    }

    /// @dev The place of an operator's first row among the weights, and how many rows there are: they are counted
    /// through all DENSE operators.
    function _placeOf(Op[] calldata ops, uint256 op) private pure returns (uint256 position, uint256 leaves) {
        for (uint256 i = 0; i < ops.length; ++i) {
            if (i == op) position = leaves;
            if (ops[i].code == Graph.DENSE) leaves += ops[i].rows;
        }
    }

    /* INTERNAL: OVERTURNING */

    function _overturnTrace(Receipt calldata receipt, Fault fault) private returns (uint256) {
        emit TraceDisproven(ATTESTATIONS.receiptIdOf(receipt), msg.sender, fault);
        return _overturn(receipt);
    }

    function _overturn(Receipt calldata receipt) private returns (uint256) {
        return DISPUTES.overturn(receipt, msg.sender, ISlashingRegistry.Offence.FalseAnswer);
    }
}
