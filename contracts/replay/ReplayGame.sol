// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { IDisputeManager } from "../disputes/IDisputeManager.sol";
import { IReplayAdjudicator } from "../disputes/IReplayAdjudicator.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { ISlashingRegistry } from "../slashing/ISlashingRegistry.sol";
import { Graph, Tensor } from "../types/Graph.sol";
import { Receipt } from "../types/Receipt.sol";
import { IReplayGame } from "./IReplayGame.sol";
import { TraceProofs } from "./TraceProofs.sol";
import { TraceTree } from "./TraceTree.sol";

/// @title ReplayGame
/// @notice See `IReplayGame`, the manual of this contract.
contract ReplayGame is TraceProofs {
    using Graph for Tensor;

    /* CONSTANTS */

    /// @dev Time to notice and to answer, beyond what a censor can take.
    uint256 private constant MOVE_BASE = 12 hours;
    /// @dev Levels of a tree that one move opens: 16 children.
    uint256 private constant LEVELS_PER_MOVE = 4;

    /* IMMUTABLES */

    /// @inheritdoc IReplayGame
    uint256 public immutable MOVE_WINDOW;

    /* STORAGE */

    struct Game {
        address challenger; // slot 0
        uint40 deadline;
        Phase phase;
        uint16 tensor;
        uint32 leaves;
        bytes32 receiptId; // slot 1
        bytes32 node; // slot 2
        uint32 position; // slot 3, written only where a tree has levels
        uint8 level;
    }

    mapping(uint256 gameId => Game) private _games;
    /// @inheritdoc IReplayGame
    mapping(bytes32 receiptId => uint256) public rootsPublishedAt;

    /* DEPLOYMENT */

    /// @param disputes DisputeManager.
    /// @param attestations AttestationRegistry.
    /// @param models ModelRegistry.
    constructor(
        IDisputeManager disputes,
        IAttestationRegistry attestations,
        IModelRegistry models
    ) TraceProofs(disputes, attestations, models) {
        MOVE_WINDOW = MOVE_BASE + models.MIN_WINDOW();
    }

    /* STARTING */

    /// @inheritdoc IReplayAdjudicator
    function startGame(uint256 gameId, bytes32 receiptId, address challenger) external {
        if (msg.sender != address(DISPUTES)) revert NotDisputeManager(msg.sender, address(DISPUTES));
        Game storage g = _games[gameId];
        if (g.phase != Phase.None) revert GameExists(gameId);
        g.challenger = challenger;
        g.receiptId = receiptId;
        uint256 deadline = _turn(g, rootsPublishedAt[receiptId] == 0 ? Phase.Roots : Phase.Choose);
        emit GameStarted(gameId, receiptId, challenger, g.phase, deadline);
    }

    /* OPERATOR'S MOVES, BY ANYBODY */

    /// @inheritdoc IReplayGame
    function publishRoots(Receipt calldata receipt, bytes32[] calldata roots) external {
        bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
        if (rootsPublishedAt[receiptId] != 0) revert RootsPublished(receiptId);
        // No graph has more, and what is published here must fit into the proof that it is too many.
        if (roots.length > Graph.MAX_OPS + 1) revert TooManyRoots(roots.length, Graph.MAX_OPS + 1);
        _requireRoots(receipt, roots);
        rootsPublishedAt[receiptId] = block.timestamp;
        emit TensorRootsPublished(receiptId, roots);
    }

    /// @inheritdoc IReplayGame
    function revealChildren(uint256 gameId, bytes32[] calldata children) external {
        Game storage g = _requireTurn(gameId, Phase.Reveal);
        (uint256 height, uint256 step) = _heightOf(g);
        if (height == 0) revert LevelsLeft(gameId, 0);
        _requireChildren(g, children, step);
        _requireMissingEmpty(g, children, step, height - step);
        emit ChildrenRevealed(gameId, children, _turn(g, Phase.Pick));
    }

    /// @inheritdoc IReplayGame
    function revealLeaf(uint256 gameId, bytes calldata leaf) external {
        Game storage g = _requireTurn(gameId, Phase.Reveal);
        (uint256 height, ) = _heightOf(g);
        if (height != 0) revert LevelsLeft(gameId, height);
        _requireLength(leaf.length, TraceTree.LEAF_BYTES);
        bytes32 hash = TraceTree.tensorLeaf(g.tensor, g.position, leaf);
        if (hash != g.node) revert NodeMismatch(hash, g.node);
        emit LeafRevealed(gameId, leaf, _turn(g, Phase.Prove));
    }

    /* CHALLENGER'S MOVES */

    /// @inheritdoc IReplayGame
    function choose(uint256 gameId, Receipt calldata receipt, Trace calldata trace, uint16 tensor) external {
        Game storage g = _requireChallenger(gameId, Phase.Choose);
        _requireGame(gameId, g, receipt);
        _requireTrace(receipt, trace);
        uint256 last = trace.tensors.length - 1;
        if (tensor == 0 || tensor > last) revert TensorOutOfRange(tensor, 1, last);
        uint256 leaves = TraceTree.leavesOf(trace.tensors[tensor].size());
        bytes32 root = trace.roots[tensor];
        // At most 96, see GraphSpec.
        (g.tensor, g.leaves, g.node) = (tensor, uint32(leaves), root);
        emit TensorChosen(gameId, tensor, leaves, root, _turn(g, Phase.Reveal));
    }

    /// @inheritdoc IReplayGame
    function pick(uint256 gameId, bytes32[] calldata children, uint256 child) external {
        Game storage g = _requireChallenger(gameId, Phase.Pick);
        (uint256 height, uint256 step) = _heightOf(g);
        _requireChildren(g, children, step);
        // Nobody is asked to open what does not exist.
        uint256 count = _presentOf(g, step, height - step);
        if (child >= count) revert ChildOutOfRange(child, count);
        uint256 position = (uint256(g.position) << step) + child;
        (g.position, g.level, g.node) = (uint32(position), g.level + uint8(step), children[child]);
        emit ChildPicked(gameId, position, children[child], _turn(g, Phase.Reveal));
    }

    /* ENDING */

    /// @inheritdoc IReplayGame
    function claimTimeout(uint256 gameId, Receipt calldata receipt) external {
        Game storage g = _games[gameId];
        (Phase phase, uint256 deadline) = _phaseOf(g);
        _requireOpen(gameId, phase);
        if (block.timestamp < deadline) revert ClockRunning(gameId, block.timestamp, deadline);
        _requireGame(gameId, g, receipt);
        bool operatorLost = phase == Phase.Roots || phase == Phase.Reveal;
        g.phase = Phase.Over;
        emit ClockClaimed(gameId, g.receiptId, operatorLost);
        if (operatorLost) {
            DISPUTES.overturn(receipt, g.challenger, ISlashingRegistry.Offence.Unresponsive);
            DISPUTES.returnBond(gameId);
        } else {
            DISPUTES.forfeitBond(gameId, receipt);
        }
    }

    /// @inheritdoc IReplayGame
    function withdrawBond(uint256 gameId) external {
        Game storage g = _games[gameId];
        (Phase phase, ) = _phaseOf(g);
        _requireOpen(gameId, phase);
        bool overturned = ATTESTATIONS.answer(g.receiptId).state == IAttestationRegistry.LockState.Seized;
        if (!overturned) revert NotOverturned(g.receiptId);
        g.phase = Phase.Over;
        DISPUTES.returnBond(gameId);
    }

    /* VIEWS */

    /// @inheritdoc IReplayGame
    function gameOf(uint256 gameId) external view returns (GameView memory) {
        Game storage g = _games[gameId];
        (Phase phase, uint256 deadline) = _phaseOf(g);
        return
            GameView({
                receiptId: g.receiptId,
                challenger: g.challenger,
                phase: phase,
                deadline: deadline,
                tensor: g.tensor,
                leaves: g.leaves,
                level: g.level,
                position: g.position,
                node: g.node
            });
    }

    /* INTERNAL: PHASES */

    /// @dev The one place that says whose turn it is. Roots that were published in time moved all games that waited.
    function _phaseOf(Game storage g) private view returns (Phase phase, uint256 deadline) {
        (phase, deadline) = (g.phase, g.deadline);
        if (phase != Phase.Roots) return (phase, deadline);
        uint256 publishedAt = rootsPublishedAt[g.receiptId];
        if (publishedAt != 0 && publishedAt < deadline) return (Phase.Choose, publishedAt + MOVE_WINDOW);
    }

    /// @dev The next move, and a whole window for it.
    function _turn(Game storage g, Phase phase) private returns (uint256 deadline) {
        deadline = block.timestamp + MOVE_WINDOW;
        g.phase = phase;
        g.deadline = uint40(deadline);
    }

    function _requireTurn(uint256 gameId, Phase expected) private view returns (Game storage g) {
        g = _games[gameId];
        (Phase phase, uint256 deadline) = _phaseOf(g);
        if (phase != expected) revert GameInPhase(gameId, phase, expected);
        if (block.timestamp >= deadline) revert ClockOut(gameId, block.timestamp, deadline);
    }

    function _requireChallenger(uint256 gameId, Phase expected) private view returns (Game storage g) {
        g = _requireTurn(gameId, expected);
        if (msg.sender != g.challenger) revert NotChallenger(gameId, msg.sender, g.challenger);
    }

    function _requireOpen(uint256 gameId, Phase phase) private pure {
        if (phase == Phase.None || phase == Phase.Over) revert GameNotOpen(gameId, phase);
    }

    function _requireGame(uint256 gameId, Game storage g, Receipt calldata receipt) private view {
        bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
        if (receiptId != g.receiptId) revert GameOfAnother(gameId, receiptId, g.receiptId);
    }

    /* INTERNAL: THE TREE */

    /// @dev Levels between the node and the leaves, and how many of them the next move opens.
    function _heightOf(Game storage g) private view returns (uint256 height, uint256 step) {
        height = TraceTree.depthOf(g.leaves) - g.level;
        step = Math.min(height, LEVELS_PER_MOVE);
    }

    function _requireChildren(Game storage g, bytes32[] calldata children, uint256 step) private view {
        _requireLength(children.length, 1 << step);
        bytes32 node = TraceTree.fold(children);
        if (node != g.node) revert NodeMismatch(node, g.node);
    }

    /// @dev Children, from the first on, that have leaves.
    function _presentOf(Game storage g, uint256 step, uint256 height) private view returns (uint256) {
        uint256 first = (uint256(g.position) << step) << height;
        return Math.min(Math.ceilDiv(g.leaves - first, 1 << height), 1 << step);
    }

    function _requireMissingEmpty(
        Game storage g,
        bytes32[] calldata children,
        uint256 step,
        uint256 height
    ) private view {
        uint256 present = _presentOf(g, step, height);
        if (present == children.length) return;
        bytes32 empty = TraceTree.missingNode(height);
        for (uint256 i = present; i < children.length; ++i) {
            if (children[i] != empty) revert MissingChildFilled(i, children[i], empty);
        }
    }
}
