// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../contracts/replay/IReplayGame.sol";
import { ReplayGame } from "../../contracts/replay/ReplayGame.sol";
import { UnitMath } from "../../contracts/replay/UnitMath.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Op, Tensor } from "../../contracts/types/Graph.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { DisputeTest } from "./DisputeTest.sol";

/// @notice Answers of real models with the trace that their operator committed to, games on them, and what both sides
/// send. Hashes and arithmetic are written apart from the contract's.
///
/// A model reads i8[4], writes i64[rows] by DENSE, which only the trace shows, and an i8 by ARGMAX of what it read.
/// Tensor 1 fills as many leaves as a test asks for, the last one but for five elements.
abstract contract GameTest is DisputeTest {
    uint256 internal constant BOND = 50e18;
    uint256 internal constant LEAF_BYTES = 1_024;
    uint256 internal constant ELEMENTS = 128; // of 8 bytes in a leaf
    uint256 internal constant LEVELS = 4; // that one move opens
    uint16 internal constant WIDE = 1; // the tensor that games are about
    uint256 internal constant SEVENTEEN = 17; // leaves: two steps, of 16 children and of 2
    bytes internal constant INPUT = hex"01fe037d"; // 1, -2, 3, 125
    bytes internal constant LARGEST = hex"03";

    /// @dev What an operator did not compute as it should.
    struct Lie {
        uint32 row; // an element of tensor 1 is one too large
        bool wrong;
        bool padded; // the last byte of the last leaf is not zero
        uint32 filled; // a place beyond the leaves is not empty
    }

    ReplayGame internal game;
    /// @dev Of each answer: the places of the tree of tensor 1, missing leaves included, and the roots of all tensors.
    mapping(bytes32 receiptId => bytes32[]) internal places;
    mapping(bytes32 receiptId => bytes32[]) internal rootsOf;
    mapping(bytes32 receiptId => Lie) internal lies;
    mapping(uint256 leaves => mapping(bytes32 policy => bytes32)) private _models;
    mapping(bytes32 model => uint256) private _leavesOf;

    function setUp() public virtual override {
        super.setUp();
        game = protocol.replay;
        _approve(challenger);
    }

    /* MODELS AND ANSWERS */

    /// @dev Both grounds: lock, penalty and fees are those of the judged model.
    function _replayPolicy() internal pure returns (IModelRegistry.Policy memory policy) {
        policy = _judgedPolicy();
        policy.grounds = 3;
    }

    function _wideGraph(uint256 leaves) internal pure returns (Tensor[] memory tensors, Op[] memory ops) {
        uint32 rows = uint32(_rowsOf(leaves));
        tensors = new Tensor[](3);
        (tensors[0], tensors[1], tensors[2]) = (Tensor(0, 4), Tensor(3, rows), Tensor(0, 1));
        ops = new Op[](2);
        int64 bound = 1 << 40;
        ops[0] = Op({ code: 1, rounding: 0, input: 0, rows: rows, k: 4, zero: 0, lo: -bound, hi: bound });
        ops[1] = Op({ code: 2, rounding: 0, input: 0, rows: 1, k: 4, zero: 0, lo: 0, hi: 0 });
    }

    function _publishWide(uint256 leaves, IModelRegistry.Policy memory policy) internal returns (bytes32 id) {
        id = _models[leaves][keccak256(abi.encode(policy))];
        if (id != 0) return id;
        (Tensor[] memory tensors, Op[] memory ops) = _wideGraph(leaves);
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.specHash = keccak256(abi.encode(uint16(1), tensors, ops));
        manifest.weightsRoot = _fold(_rowHashes(leaves));
        vm.prank(publisher);
        id = protocol.models.publishModel(manifest, policy, tensors, ops);
        _models[leaves][keccak256(abi.encode(policy))] = id;
        _leavesOf[id] = leaves;
    }

    function _honest() internal pure returns (Lie memory) {}

    /// @dev A receipt with a trace that is kept here, not anchored yet.
    function _wideReceipt(
        uint256 job,
        uint256 leaves,
        Lie memory lie,
        IModelRegistry.Policy memory policy
    ) internal returns (CredenceReceipt memory receipt) {
        receipt = _receipt(job);
        receipt.modelId = _publishWide(leaves, policy);
        receipt.coverage = JUDGED_COVERAGE;
        receipt.inputHash = keccak256(INPUT);
        receipt.outputHash = keccak256(LARGEST);
        bytes32[] memory all = _placesOf(leaves, lie);
        bytes32[] memory roots = new bytes32[](3);
        roots[0] = _leafHash(0, 0, _padTo(INPUT));
        roots[1] = _fold(all);
        roots[2] = _leafHash(2, 0, _padTo(LARGEST));
        receipt.traceRoot = keccak256(abi.encode(roots));
        bytes32 id = _id(receipt);
        (places[id], rootsOf[id], lies[id]) = (all, roots, lie);
    }

    /// @dev A published answer.
    function _answer(uint256 job, uint256 leaves, Lie memory lie) internal returns (CredenceReceipt memory receipt) {
        receipt = _wideReceipt(job, leaves, lie, _replayPolicy());
        _show(_anchorOne(receipt));
    }

    /// @dev A published answer of 17 leaves without a fault.
    function _honestAnswer(uint256 job) internal returns (CredenceReceipt memory) {
        return _answer(job, SEVENTEEN, _honest());
    }

    /// @dev A published answer of 17 leaves of which an element in leaf 5 is wrong.
    function _wrongAnswer(uint256 job) internal returns (CredenceReceipt memory) {
        return _answer(job, SEVENTEEN, Lie({ row: 5 * 128 + 77, wrong: true, padded: false, filled: 0 }));
    }

    function _show(Leaf memory leaf) internal {
        vm.prank(stranger);
        attestations.publish(leaf, INPUT, LARGEST);
    }

    function _trace(CredenceReceipt memory receipt) internal view returns (IReplayGame.Trace memory trace) {
        (trace.tensors, trace.ops) = _wideGraph(_leavesOf[receipt.modelId]);
        trace.roots = rootsOf[_id(receipt)];
    }

    /* MOVES */

    function _openGame(CredenceReceipt memory receipt, address by) internal returns (uint256) {
        vm.prank(by);
        return disputeManager.openGame(_bare(receipt), "", "");
    }

    function _openGame(CredenceReceipt memory receipt) internal returns (uint256) {
        return _openGame(receipt, challenger);
    }

    function _publishRoots(CredenceReceipt memory receipt) internal {
        bytes32[] memory roots = rootsOf[_id(receipt)];
        vm.prank(stranger);
        game.publishRoots(receipt, roots);
    }

    function _choose(uint256 gameId, CredenceReceipt memory receipt, uint16 tensor) internal {
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.prank(_challengerOf(gameId));
        game.choose(gameId, receipt, trace, tensor);
    }

    function _revealChildren(uint256 gameId) internal {
        bytes32[] memory children = _childrenOf(gameId);
        vm.prank(stranger);
        game.revealChildren(gameId, children);
    }

    function _pick(uint256 gameId, uint256 child) internal {
        bytes32[] memory children = _childrenOf(gameId);
        vm.prank(_challengerOf(gameId));
        game.pick(gameId, children, child);
    }

    function _revealLeaf(uint256 gameId) internal {
        bytes memory leaf = _leafOf(gameId);
        vm.prank(stranger);
        game.revealLeaf(gameId, leaf);
    }

    function _claimTimeout(uint256 gameId, CredenceReceipt memory receipt) internal {
        vm.prank(stranger);
        game.claimTimeout(gameId, receipt);
    }

    /// @dev The next move of whose turn it is, towards `leaf` of tensor 1.
    function _move(uint256 gameId, CredenceReceipt memory receipt, uint256 leaf) internal {
        IReplayGame.GameView memory g = game.gameOf(gameId);
        if (g.phase == IReplayGame.Phase.Roots) _publishRoots(receipt);
        else if (g.phase == IReplayGame.Phase.Choose) _choose(gameId, receipt, WIDE);
        else if (g.phase == IReplayGame.Phase.Pick) _pick(gameId, _childTowards(g, leaf));
        else if (_heightOf(g) == 0) _revealLeaf(gameId);
        else _revealChildren(gameId);
    }

    /// @dev Moves until the game is in `phase`.
    function _playTo(
        uint256 gameId,
        CredenceReceipt memory receipt,
        IReplayGame.Phase phase,
        uint256 leaf
    ) internal returns (uint256 moves) {
        while (game.gameOf(gameId).phase != phase) {
            _move(gameId, receipt, leaf);
            ++moves;
        }
    }

    /// @dev Proves one element of tensor 1 by what the game, or the operator, showed.
    function _proveElement(CredenceReceipt memory receipt, uint32 row, address by) internal returns (uint256) {
        IReplayGame.Unit memory unit = _unit(receipt, row);
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.prank(by);
        return game.proveUnit(receipt, trace, unit);
    }

    function _unit(CredenceReceipt memory receipt, uint32 row) internal view returns (IReplayGame.Unit memory unit) {
        uint256 leaves = _leavesOf[receipt.modelId];
        (unit.op, unit.row, unit.input) = (0, row, INPUT);
        uint256 leaf = row / ELEMENTS;
        unit.outputLeaf = _leafBytes(leaf, leaves, lies[_id(receipt)]);
        uint256 used = (_rowsOf(leaves) - leaf * ELEMENTS) * 8;
        if (used < LEAF_BYTES) _cut(unit.outputLeaf, used);
        unit.outputProof = _siblings(places[_id(receipt)], leaf);
        unit.weights = UnitMath.Row({
            shift: 1,
            mult: 3,
            bias: int64(uint64(row)),
            values: _weights(row),
            proof: new bytes32[](0)
        });
        unit.weights.proof = _siblings(_rowHashes(leaves), row);
    }

    /* WHAT THE OPERATOR HOLDS */

    /// @dev What opens the node of a game on tensor 1, or what it was opened to.
    function _childrenOf(uint256 gameId) internal view returns (bytes32[] memory children) {
        IReplayGame.GameView memory g = game.gameOf(gameId);
        bytes32[] memory all = places[g.receiptId];
        uint256 height = _heightOf(g);
        uint256 step = height < LEVELS ? height : LEVELS;
        uint256 span = 2 ** (height - step);
        children = new bytes32[](2 ** step);
        for (uint256 i = 0; i < children.length; ++i) {
            bytes32[] memory part = new bytes32[](span);
            uint256 first = ((g.position << step) + i) * span;
            for (uint256 k = 0; k < span; ++k) part[k] = all[first + k];
            children[i] = _fold(part);
        }
    }

    /// @dev The 1,024 bytes of the leaf that a game went down to.
    function _leafOf(uint256 gameId) internal view returns (bytes memory) {
        IReplayGame.GameView memory g = game.gameOf(gameId);
        if (g.tensor == 2) return _padTo(LARGEST);
        return _leafBytes(g.position, g.leaves, lies[g.receiptId]);
    }

    function _challengerOf(uint256 gameId) internal view returns (address) {
        return game.gameOf(gameId).challenger;
    }

    function _heightOf(IReplayGame.GameView memory g) internal pure returns (uint256) {
        return _depthOf(g.leaves) - g.level;
    }

    function _childTowards(IReplayGame.GameView memory g, uint256 leaf) internal pure returns (uint256) {
        uint256 height = _heightOf(g);
        uint256 step = height < LEVELS ? height : LEVELS;
        return (leaf >> (height - step)) - (g.position << step);
    }

    /* ASSERTIONS */

    function _assertPhase(uint256 gameId, IReplayGame.Phase phase) internal view {
        assertEq(uint8(game.gameOf(gameId).phase), uint8(phase), "phase");
    }

    function _assertTally(ISlashingRegistry.Offence offence, uint256 count, uint256 taken) internal view {
        ISlashingRegistry.Tally memory tally = protocol.slashing.history(operator, offence);
        assertEq(tally.count, count, "count");
        assertEq(tally.taken, taken, "taken");
    }

    /* ARITHMETIC AND TREES */

    function _rowsOf(uint256 leaves) internal pure returns (uint256) {
        return leaves * ELEMENTS - 5;
    }

    function _depthOf(uint256 leaves) internal pure returns (uint256 depth) {
        while (2 ** depth < leaves) ++depth;
    }

    function _weights(uint256 row) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(row), uint8(row >> 3), uint8(200 + (row % 50)), uint8(7));
    }

    /// @dev (acc * 3 + row) >> 1, rounded down, of 1, -2, 3 and 125.
    function _element(uint256 row) internal pure returns (int256) {
        int256 acc = int256(int8(uint8(row))) - 2 * int256(int8(uint8(row >> 3)));
        acc += 3 * int256(int8(uint8(200 + (row % 50)))) + 125 * 7;
        return (acc * 3 + int256(row)) >> 1;
    }

    function _leafBytes(uint256 leaf, uint256 leaves, Lie memory lie) internal pure returns (bytes memory data) {
        data = new bytes(LEAF_BYTES + 32);
        uint256 rows = _rowsOf(leaves);
        for (uint256 i = 0; i < ELEMENTS && leaf * ELEMENTS + i < rows; ++i) {
            uint256 row = leaf * ELEMENTS + i;
            int256 value = _element(row) + (lie.wrong && lie.row == row ? int256(1) : int256(0));
            // 8 bytes; the zeros behind them are overwritten by the next element.
            assembly ("memory-safe") {
                mstore(add(add(data, 32), mul(i, 8)), shl(192, value))
            }
        }
        _cut(data, LEAF_BYTES);
        if (lie.padded && leaf == leaves - 1) data[LEAF_BYTES - 1] = 0x01;
    }

    function _placesOf(uint256 leaves, Lie memory lie) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](2 ** _depthOf(leaves));
        for (uint256 i = 0; i < leaves; ++i) all[i] = _placeHash(i, leaves, lie);
        if (lie.filled != 0) all[lie.filled] = keccak256("what does not belong here");
    }

    /// @dev Hashes without keeping what was hashed in memory, which would be dear.
    function _placeHash(uint256 leaf, uint256 leaves, Lie memory lie) private pure returns (bytes32 hash) {
        uint256 free = _mark();
        hash = _leafHash(WIDE, leaf, _leafBytes(leaf, leaves, lie));
        _rewind(free);
    }

    function _rowHashes(uint256 leaves) internal pure returns (bytes32[] memory all) {
        uint256 rows = _rowsOf(leaves);
        all = new bytes32[](2 ** _depthOf(rows));
        uint256 free = _mark();
        for (uint256 row = 0; row < rows; ++row) {
            all[row] = keccak256(
                abi.encodePacked(uint8(1), uint16(0), uint32(row), int8(1), int64(3), int64(uint64(row)), _weights(row))
            );
            _rewind(free);
        }
    }

    function _leafHash(uint256 tensor, uint256 leaf, bytes memory data) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), uint16(tensor), uint32(leaf), data));
    }

    /// @dev Root over a power of two of places.
    function _fold(bytes32[] memory all) internal pure returns (bytes32) {
        bytes32[] memory nodes = new bytes32[](all.length);
        for (uint256 i = 0; i < nodes.length; ++i) nodes[i] = all[i];
        for (uint256 count = nodes.length; count > 1; count /= 2) _halve(nodes, count);
        return nodes[0];
    }

    function _siblings(bytes32[] memory all, uint256 index) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](_depthOf(all.length));
        uint256 count = all.length;
        for (uint256 i = 0; i < proof.length; ++i) {
            proof[i] = all[index % 2 == 0 ? index + 1 : index - 1];
            _halve(all, count);
            count /= 2;
            index /= 2;
        }
    }

    function _halve(bytes32[] memory nodes, uint256 count) private pure {
        uint256 free = _mark();
        for (uint256 i = 0; i < count; i += 2) {
            nodes[i / 2] = keccak256(abi.encodePacked(uint8(3), nodes[i], nodes[i + 1]));
            _rewind(free);
        }
    }

    function _padTo(bytes memory data) internal pure returns (bytes memory) {
        return abi.encodePacked(data, new bytes(LEAF_BYTES - data.length));
    }

    function _cut(bytes memory data, uint256 length) internal pure {
        assembly ("memory-safe") {
            mstore(data, length)
        }
    }

    function _mark() private pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }

    function _rewind(uint256 free) private pure {
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }
}
