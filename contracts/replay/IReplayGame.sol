// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayAdjudicator } from "../disputes/IReplayAdjudicator.sol";
import { Op, Tensor } from "../types/Graph.sol";
import { Receipt } from "../types/Receipt.sol";
import { UnitMath } from "./UnitMath.sol";

/// @title IReplayGame
/// @notice How arithmetic decides. An operator commits to every tensor that its model computed; a wrong answer then
/// contains a number that contradicts the operator's own earlier tensor and the registered weights, or ends that are
/// not those of its receipt. Whoever shows it overturns the answer in one transaction and is paid the bounty: nobody
/// has to be asked, and no case has to be open.
///
/// Where the operator withholds its tensors, a game makes it show them or lose by the clock: it publishes the roots of
/// all tensors, once for all games on the answer; the challenger names the first tensor after the input that differs
/// from its own replay; the operator opens that tree, up to 16 children at a time, and the challenger picks, down to a
/// leaf of 1,024 bytes. What is shown then is enough to prove the contradiction. The operator's moves are checked by
/// hash and may be sent by anybody; the challenger's are its own. Games on one answer run side by side: losing one
/// proves nothing.
///
/// Times in seconds, deadlines half-open: a move counts while the time is below the deadline.
interface IReplayGame is IReplayAdjudicator {
    /* TYPES */

    /// @notice Whose turn it is, and for what. Operator's: `Roots`, `Reveal`. Challenger's: `Choose`, `Pick`, `Prove`.
    enum Phase {
        None,
        Roots, // operator: publish the roots of all tensors
        Choose, // challenger: name the first tensor that differs
        Reveal, // operator: open the node, or the leaf
        Pick, // challenger: pick a child
        Prove, // challenger: all is shown
        Over
    }

    /// @notice What is wrong with a trace beside a unit of arithmetic.
    enum Fault {
        RootCount, // another number of tensor roots than the graph's tensors
        Padding, // a byte behind the last element is not zero
        MissingLeaf, // a leaf that the tensor does not have is not a zero word
        Request, // tensor 0 is not the request
        Output // the last tensor is not the output
    }

    /// @notice Which end of a trace the shown bytes are.
    enum End {
        Request,
        Output
    }

    /// @notice The graph of the model, and the roots of all tensors of one answer.
    struct Trace {
        Tensor[] tensors;
        Op[] ops;
        bytes32[] roots;
    }

    /// @notice One output element with all that it was computed from.
    struct Unit {
        uint16 op; // operator; writes tensor op + 1
        uint32 row; // element
        bytes input; // the whole tensor read
        bytes outputLeaf; // data of the leaf with the element, without padding
        bytes32[] outputProof; // siblings from that leaf upwards
        UnitMath.Row weights; // all empty for ARGMAX
    }

    /// @notice A game.
    struct GameView {
        bytes32 receiptId;
        address challenger;
        Phase phase; // by what was played; a clock that ran out or a proof ends it too, see `deadline` and the answer
        uint256 deadline; // of whose turn it is
        uint256 tensor; // chosen
        uint256 leaves; // of that tensor
        uint256 level; // opened so far, from the root
        uint256 position; // of the node in its level
        bytes32 node; // to be opened, or picked from
    }

    /* ERRORS: WHAT IS SHOWN */

    /// @notice Arithmetic does not decide over this model.
    error NotReplayable(bytes32 modelId);
    /// @notice The graph is not the model's.
    error GraphMismatch(bytes32 actual, bytes32 expected);
    /// @notice The roots are not those that the receipt commits to.
    error TraceMismatch(bytes32 actual, bytes32 expected);
    /// @notice Another number of roots than tensors: a fault to be proven by itself.
    error RootCountMismatch(uint256 actual, uint256 expected);
    /// @notice Only `count` of them exist.
    error OpOutOfRange(uint256 actual, uint256 count);
    error RowOutOfRange(uint256 actual, uint256 count);
    error TensorOutOfRange(uint256 actual, uint256 minimum, uint256 maximum);
    error LeafOutOfRange(uint256 actual, uint256 minimum, uint256 maximum);
    error ChildOutOfRange(uint256 actual, uint256 count);
    /// @notice Bytes of the tensor, leaf or row do not have its length.
    error LengthMismatch(uint256 actual, uint256 expected);
    /// @notice Words of the proof are not the depth of the tree.
    error ProofLength(uint256 actual, uint256 expected);
    /// @notice The tensor, or the leaf with its proof, does not lead to the root that the operator published.
    error TensorRootMismatch(uint256 tensor, bytes32 actual, bytes32 expected);
    /// @notice The row with its proof does not lead to the model's weights.
    error WeightsMismatch(bytes32 actual, bytes32 expected);
    /// @notice The bytes are not those that the receipt names.
    error EndMismatch(End end, bytes32 actual, bytes32 expected);
    /// @notice The request of this model is not tensor 0: what was made of it is for token holders to judge.
    error RequestPreprocessed(bytes32 preprocessHash);

    /* ERRORS: NOTHING WRONG */

    /// @notice The element is what it should be.
    error UnitHolds(uint256 op, uint256 row, int256 value);
    /// @notice The trace does not have that fault.
    error FaultAbsent(Fault fault);

    /* ERRORS: GAMES */

    /// @notice Only the DisputeManager may call.
    error NotDisputeManager(address actual, address expected);
    /// @notice The game exists.
    error GameExists(uint256 gameId);
    /// @notice The game is not in the phase that the call needs.
    error GameInPhase(uint256 gameId, Phase actual, Phase expected);
    /// @notice The game is over, or never was.
    error GameNotOpen(uint256 gameId, Phase actual);
    /// @notice The receipt is another than the game's.
    error GameOfAnother(uint256 gameId, bytes32 actual, bytes32 expected);
    /// @notice Only the challenger of the game may call.
    error NotChallenger(uint256 gameId, address actual, address expected);
    /// @notice The time for the move is over.
    error ClockOut(uint256 gameId, uint256 actual, uint256 deadline);
    /// @notice The time for the move is not over yet.
    error ClockRunning(uint256 gameId, uint256 actual, uint256 deadline);
    /// @notice The roots of this answer were published before.
    error RootsPublished(bytes32 receiptId);
    /// @notice More roots than any graph has tensors.
    error TooManyRoots(uint256 actual, uint256 maximum);
    /// @notice The children or the leaf do not hash to the node.
    error NodeMismatch(bytes32 actual, bytes32 expected);
    /// @notice `height` levels of the tree are to be opened before the leaf; 0: the leaf is to be opened.
    error LevelsLeft(uint256 gameId, uint256 height);
    /// @notice A child that the tensor does not have is not empty.
    error MissingChildFilled(uint256 child, bytes32 actual, bytes32 expected);
    /// @notice The answer was not overturned: the bond is still at stake.
    error NotOverturned(bytes32 receiptId);

    /* EVENTS */

    /// @notice An element contradicts the operator's own trace: `claimed` by it, `computed` from what it claims.
    event UnitDisproven(
        bytes32 indexed receiptId,
        address indexed prover,
        uint256 op,
        uint256 row,
        int256 claimed,
        int256 computed
    );
    /// @notice A trace has a fault beside arithmetic.
    event TraceDisproven(bytes32 indexed receiptId, address indexed prover, Fault fault);
    /// @notice A game began.
    event GameStarted(
        uint256 indexed gameId,
        bytes32 indexed receiptId,
        address indexed challenger,
        Phase phase,
        uint256 deadline
    );
    /// @notice The roots of all tensors of an answer, for all games on it.
    event TensorRootsPublished(bytes32 indexed receiptId, bytes32[] roots);
    /// @notice The challenger named a tensor.
    event TensorChosen(uint256 indexed gameId, uint256 tensor, uint256 leaves, bytes32 root, uint256 deadline);
    /// @notice The node was opened.
    event ChildrenRevealed(uint256 indexed gameId, bytes32[] children, uint256 deadline);
    /// @notice The challenger picked a child.
    event ChildPicked(uint256 indexed gameId, uint256 position, bytes32 node, uint256 deadline);
    /// @notice The leaf was opened: all that a proof needs is known.
    event LeafRevealed(uint256 indexed gameId, bytes leaf, uint256 deadline);
    /// @notice A clock ran out: for `operatorLost` the answer is overturned.
    event ClockClaimed(uint256 indexed gameId, bytes32 indexed receiptId, bool operatorLost);

    /* PROOFS */

    /// @notice Overturns an answer by one element that contradicts the trace it is part of. By anybody, until the time
    /// to contest is over or while a case or game on the answer is open; the caller receives the bounty.
    /// @return taken amount that left the operator.
    function proveUnit(
        Receipt calldata receipt,
        Trace calldata trace,
        Unit calldata unit
    ) external returns (uint256 taken);

    /// @notice Overturns an answer whose trace has another number of roots than the graph has tensors.
    function proveRootCount(Receipt calldata receipt, Trace calldata trace) external returns (uint256 taken);

    /// @notice Overturns an answer with a tensor whose last leaf is not padded with zeros.
    /// @param leaf the 1,024 bytes of the last leaf.
    /// @param proof siblings from that leaf upwards.
    function provePadding(
        Receipt calldata receipt,
        Trace calldata trace,
        uint16 tensor,
        bytes calldata leaf,
        bytes32[] calldata proof
    ) external returns (uint256 taken);

    /// @notice Overturns an answer with a tensor whose tree has more leaves than the tensor.
    /// @param position of the leaf, from the number of leaves on.
    /// @param word the leaf, not zero.
    /// @param proof siblings from that leaf upwards.
    function proveMissingLeaf(
        Receipt calldata receipt,
        Trace calldata trace,
        uint16 tensor,
        uint32 position,
        bytes32 word,
        bytes32[] calldata proof
    ) external returns (uint256 taken);

    /// @notice Overturns an answer whose first tensor is not the request, or whose last is not the output: another
    /// length, or another root. Bytes of another length are wrong whatever the trace; its roots are not read then.
    /// @param end which of both; the request only where it is tensor 0.
    /// @param shown request or output, as the receipt commits to it.
    function proveEnd(
        Receipt calldata receipt,
        Trace calldata trace,
        End end,
        bytes calldata shown
    ) external returns (uint256 taken);

    /* GAMES */

    /// @notice Publishes the roots of all tensors of an answer, once, by anybody, in a game or before any. For each
    /// game that waits for it in time, the challenger's clock starts.
    function publishRoots(Receipt calldata receipt, bytes32[] calldata roots) external;

    /// @notice Names the first tensor after the input that differs from the challenger's own replay. Challenger only.
    function choose(uint256 gameId, Receipt calldata receipt, Trace calldata trace, uint16 tensor) external;

    /// @notice Opens the node: its children, 16, or fewer where fewer levels are left. By anybody.
    function revealChildren(uint256 gameId, bytes32[] calldata children) external;

    /// @notice Picks the child that differs. Challenger only.
    /// @param children as they were revealed.
    /// @param child index among them.
    function pick(uint256 gameId, bytes32[] calldata children, uint256 child) external;

    /// @notice Opens the leaf. By anybody.
    /// @param leaf 1,024 bytes, padded with zeros.
    function revealLeaf(uint256 gameId, bytes calldata leaf) external;

    /// @notice Ends a game whose clock ran out, by anybody: for the operator the answer is overturned as
    /// `Unresponsive`, the bounty and the bond are the challenger's; for the challenger the bond is lost, half to the
    /// operator, half to the reserve.
    function claimTimeout(uint256 gameId, Receipt calldata receipt) external;

    /// @notice Returns the bond of a game on an answer that was overturned meanwhile, by anybody.
    function withdrawBond(uint256 gameId) external;

    /* VIEWS */

    /// @notice A game; zeros if it does not exist.
    function gameOf(uint256 gameId) external view returns (GameView memory);

    /// @notice When the roots of an answer were published; 0: not yet.
    function rootsPublishedAt(bytes32 receiptId) external view returns (uint256);

    /// @notice Time for each move: 12 hours beyond the chain's forced-inclusion delay.
    function MOVE_WINDOW() external view returns (uint256);
}
