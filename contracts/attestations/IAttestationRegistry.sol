// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Confidence } from "../types/Confidence.sol";
import { Batch, Leaf, Receipt } from "../types/Receipt.sol";

/// @title IAttestationRegistry
/// @notice Anchored and published answers, the stake locked behind each, and how sure each is.
///
/// An operator signs a `Receipt` off chain, anchors many at once by the root of a positional tree, and so locks
/// coverage + penalty for every leaf. Anybody publishes an answer by showing request and output: its time to contest
/// starts, and only a published answer ever becomes final. Whoever holds a receipt that the operator does not anchor
/// anchors it alone. Everything that happens to an answer is kept in one word under its receipt id (the EIP-712 digest
/// in the domain `Credence`, `1`, chain, this contract). Times in seconds, periods half-open, amounts in the stake
/// token.
interface IAttestationRegistry {
    /* TYPES */

    /// @notice Where the lock of a published answer is. `Seized` is for good.
    enum LockState {
        None,
        InBucket,
        Held,
        Seized
    }

    /// @notice How a case or game ends that does not take the lock.
    enum CaseEnd {
        Unproven, // a game that proved nothing either way
        Undecided, // nobody could say
        Upheld // token holders found for the operator
    }

    /// @notice Why a receipt is void, or is not at that place of the batch. Void leaves read `Unknown` and cannot be
    /// published. Beside each: the two values that come with it (actual, expected), hashes and addresses as numbers.
    enum LeafFault {
        None,
        Operator, // receipt's, batch's
        Signer, // receipt's, batch's
        Model, // receipt's, batch's
        Coverage, // receipt's, batch's
        Job, // 0, 1: jobId must not be zero
        IssuedTooEarly, // issuedAt, earliest: a day before anchoring
        IssuedAfterAnchoring, // issuedAt, time of anchoring: nothing from the future
        AnchorBy, // anchorBy, time of anchoring: must be later
        AnchorByTooLate, // anchorBy, latest: a day after issuedAt
        Beneficiary, // 0, 1: an answer with private input needs one
        Index, // index, count: must be lower
        ProofLength, // words given, depth of the tree
        Root // computed, batch's
    }

    /// @notice What is known of a published answer.
    struct AnswerView {
        uint256 publishedAt; // 0: not published
        uint256 finalAt;
        uint256 locked; // coverage + penalty that were locked, kept after they are free
        LockState state;
        uint256 openCases;
        uint8 methods;
        bool undecided;
        bool anchoredAlone; // by anchorReceipt
        bool merged;
        bool dishonoured;
    }

    /* ERRORS: ANCHORING */

    /// @notice The header was anchored before; nothing is ever anchored twice.
    error BatchExists(bytes32 batchId);
    /// @notice No such batch was anchored.
    error BatchUnknown(bytes32 batchId);
    /// @notice anchorBy must lie in the future, and at most one day ahead.
    error AnchorByOutOfRange(uint256 actual, uint256 earliest, uint256 latest);
    /// @notice Leaves of a batch: 1 to 2^20.
    error CountOutOfRange(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice Leaf locks would exceed what is left of the operator's exposure cap.
    error ExposureCapExceeded(address operator, uint256 actual, uint256 cap);

    /* ERRORS: PUBLISHING AND RECEIPTS */

    /// @notice The lock of the batch has run out.
    error BatchLockOver(bytes32 batchId, uint256 actual, uint256 lockEnd);
    /// @notice The receipt is void, or not at that place of the batch.
    error ReceiptVoid(bytes32 receiptId, LeafFault fault, uint256 actual, uint256 expected);
    /// @notice The answer was published before; a receipt id is published once, ever.
    error AnswerExists(bytes32 receiptId);
    /// @notice The answer was not published.
    error AnswerUnknown(bytes32 receiptId);
    /// @notice The request shown does not hash to the receipt's inputHash.
    error RequestMismatch(bytes32 actual, bytes32 expected);
    /// @notice The output shown does not hash to the receipt's outputHash.
    error OutputMismatch(bytes32 actual, bytes32 expected);
    /// @notice Request and output together are too long to be shown; for private input they must be empty.
    error ShownTooLong(uint256 actual, uint256 maximum);
    /// @notice The contestable time is over.
    error AnswerOver(bytes32 receiptId, uint256 actual, uint256 finalAt);
    /// @notice The lock is not where the call needs it.
    error LockInState(bytes32 receiptId, LockState actual, LockState expected);
    /// @notice The receipt was not anchored by itself.
    error NotAnchoredAlone(bytes32 receiptId);
    /// @notice A leaf of the receipt was shown before.
    error MergedAlready(bytes32 receiptId);

    /* ERRORS: HONOURING AND PROVING */

    /// @notice Nothing is missing from the lock.
    error LockWhole(bytes32 receiptId);
    /// @notice The time to honour is over, or not over yet.
    error HonourTime(bytes32 receiptId, uint256 actual, uint256 from, uint256 until);
    /// @notice The bond has answered for this promise.
    error DishonouredAlready(bytes32 receiptId);
    /// @notice Less than the missing amount can be locked now.
    error CannotHonour(bytes32 receiptId, uint256 lockable, uint256 missing);
    /// @notice The model names no proof verifier.
    error NoProofVerifier(bytes32 modelId);
    /// @notice The verifier refused, reverted, or used up its gas.
    error NotProven(bytes32 receiptId);

    /* ERRORS: WIRING */

    /// @notice Only the DisputeManager may call.
    error NotDisputeManager(address actual, address expected);
    /// @notice Only the SlashingRegistry may call.
    error NotSlashingRegistry(address actual, address expected);
    /// @notice The wiring was fixed before.
    error AlreadySealed();
    /// @notice The zero address cannot stand here.
    error ZeroAddress();
    /// @notice An answer could outlive its operator's bond.
    error UnbondingTooShort(uint256 actual, uint256 minimum);

    /* EVENTS */

    /// @notice A batch was anchored and `count` leaves locked; with it the batch id can be computed.
    event BatchAnchored(
        bytes32 indexed batchId,
        address indexed operator,
        bytes32 indexed modelId,
        bytes32 signerId,
        bytes32 root,
        uint256 count,
        uint256 coverage,
        uint256 anchorBy,
        string dataURI
    );
    /// @notice `batchId` is zero for a receipt that was anchored alone.
    event AnswerPublished(
        bytes32 indexed receiptId,
        address indexed operator,
        bytes32 indexed modelId,
        bytes32 batchId,
        Receipt receipt,
        bytes request,
        bytes output,
        uint256 locked,
        uint256 finalAt
    );
    /// @notice The operator made a short lock whole.
    event LockFilled(bytes32 indexed receiptId, address indexed operator, uint256 added);
    /// @notice The lock of a leaf filled the receipt's by `filled`; the rest was freed.
    event ReceiptMerged(bytes32 indexed receiptId, bytes32 indexed batchId, uint256 filled, uint256 freed);
    /// @notice `verifier` accepted a proof of the answer.
    event AnswerProven(bytes32 indexed receiptId, address indexed verifier);
    /// @notice A case or game opened on the answer.
    event AnswerHeld(bytes32 indexed receiptId, uint256 openCases);
    /// @notice A case or game on the answer ended without taking its lock.
    event AnswerReleased(bytes32 indexed receiptId, CaseEnd caseEnd, uint256 openCases, uint256 finalAt);
    /// @notice The answer was overturned and its lock taken.
    event AnswerSeized(bytes32 indexed receiptId, address indexed operator, uint256 taken);
    /// @notice The promise was not kept: `missingCoverage` was never locked.
    event AnswerDishonoured(bytes32 indexed receiptId, address indexed operator, uint256 missingCoverage);
    /// @notice Locks that had run out were freed.
    event LocksSwept(address indexed operator, uint256 freed);

    /* ANCHORING AND PUBLISHING */

    /// @notice Anchors a batch and locks `count * (coverage + penalty)` for one window. By the operator or the EOA
    /// signer itself, without a signature, or by anybody with the signer's `abi.encode(signer bytes, raw signature)` of
    /// the batch id.
    /// @return batchId EIP-712 digest of the header.
    function anchor(Batch calldata batch, bytes calldata signature) external returns (bytes32 batchId);

    /// @notice Publishes the answer at a leaf, by anybody, while the lock of its batch is open: request and output are
    /// shown (not for models with private input), its window starts, and its lock moves to the end of that window.
    /// @return receiptId of the answer.
    function publish(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output
    ) external returns (bytes32 receiptId);

    /// @notice Anchors one receipt and publishes its answer without asking the operator, by anybody, before `anchorBy`.
    /// What happened to operator, model or key after `issuedAt` does not matter. If too little stake is lockable it
    /// locks what there is, coverage and penalty in proportion, rounded towards the penalty; see `honour`.
    function anchorReceipt(
        Receipt calldata receipt,
        bytes calldata signature,
        bytes calldata request,
        bytes calldata output
    ) external returns (bytes32 receiptId);

    /// @notice Makes a short lock whole, all or nothing, within the model registry's HONOUR_WINDOW of publication. By
    /// anybody: the operator signed for that amount, and its exposure cap still holds.
    function honour(Receipt calldata receipt) external;

    /// @notice Shows that a receipt that was anchored alone is also a leaf of a batch whose lock has not been freed,
    /// once, by anybody: the leaf's lock fills what is missing, and the rest of it is freed. If the answer was
    /// overturned meanwhile, what was missing is paid now, coverage to the beneficiary and penalty to the reserve.
    function merge(Leaf calldata leaf) external;

    /// @notice Records that the model's proof verifier accepts a proof of a published answer. It ends no case and
    /// shortens no lock.
    function prove(Receipt calldata receipt, bytes calldata proof) external;

    /// @notice Frees the operator's locks that have run out. Anchoring and publishing do it in passing.
    /// @return freed amount unlocked.
    function sweep(address operator) external returns (uint256 freed);

    /* DISPUTE MANAGER ONLY */

    /// @notice A case or game opens, while the time to contest is not over or another holds the lock: it leaves its
    /// bucket and stays until the last one ends.
    function hold(Receipt calldata receipt) external;

    /// @notice A case or game ends without taking the lock. The last one puts it back; if the time to contest is over
    /// by then, it ends now.
    function release(Receipt calldata receipt, CaseEnd caseEnd) external;

    /// @notice Takes the whole lock, for good, and ends every case on it. Recipients are credited in their order; what
    /// is left goes to the reserve.
    /// @return taken amount that left the operator.
    function seize(
        Receipt calldata receipt,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external returns (uint256 taken);

    /* SLASHING REGISTRY ONLY */

    /// @notice Marks a promise that was not kept, once.
    /// @return missingCoverage the part of the coverage that is not locked, rounded up.
    function dishonour(Receipt calldata receipt) external returns (uint256 missingCoverage);

    /* GOVERNANCE */

    /// @notice Fixes DisputeManager and SlashingRegistry, once and for good. Administrator only, at deployment.
    /// @param disputeManager zero: this deployment has none, and never will; nobody can contest then.
    function seal(address disputeManager, address slashingRegistry) external;

    /* VIEWS */

    /// @notice Confidence in the answer at a leaf. A published answer is judged by its receipt id, whatever position is
    /// shown. Never reverts on a bad leaf: that is `Unknown`.
    function check(Leaf calldata leaf) external view returns (Confidence memory);

    /// @notice Confidence in a published answer, without a proof; `Unknown` if it is not published.
    function checkReceipt(Receipt calldata receipt) external view returns (Confidence memory);

    /// @notice Why a leaf is void or not in its batch, with the two values that differ (hashes and addresses as
    /// numbers).
    function faultOf(Leaf calldata leaf) external view returns (LeafFault fault, uint256 actual, uint256 expected);

    /// @notice Reverts unless the receipt counts as signed by its operator: by a signature of a key that was valid at
    /// `issuedAt`, or, without one, as a published answer or a leaf of an anchored batch.
    function requireSigned(Leaf calldata leaf, bytes calldata signature) external view;

    /// @notice EIP-712 digest of a receipt, its id.
    function receiptIdOf(Receipt calldata receipt) external view returns (bytes32);

    /// @notice EIP-712 digest of a batch header, its id.
    function batchIdOf(Batch calldata batch) external view returns (bytes32);

    /// @notice When a batch was anchored and when its lock ends; zeros if it was not.
    function batch(bytes32 batchId) external view returns (uint256 anchoredAt, uint256 lockEnd);

    /// @notice What is known of a published answer; zeros if it is not published.
    function answer(bytes32 receiptId) external view returns (AnswerView memory);

    /// @notice What a new receipt of the operator could lock now: stake, exposure cap, expired buckets counted as free.
    function lockable(address operator) external view returns (uint256);

    /// @notice The contract that holds, releases and seizes answers; zero if the deployment has none.
    function disputeManager() external view returns (address);

    /// @notice The contract that marks promises that were not kept.
    function slashingRegistry() external view returns (address);
}
