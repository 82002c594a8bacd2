// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IntakePausable } from "../governance/IntakePausable.sol";
import { LockMath } from "../math/LockMath.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { IOperatorRegistry } from "../operators/IOperatorRegistry.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { AnswerStatus, Confidence, Methods } from "../types/Confidence.sol";
import { Receipt } from "../types/Receipt.sol";
import { IAttestationRegistry } from "./IAttestationRegistry.sol";
import { LockRing } from "./LockRing.sol";
import { ReceiptHash } from "./ReceiptHash.sol";

/// @title AnswerLocks
/// @notice The half of the AttestationRegistry that keeps the one word of every published answer and the lock behind
/// it: honouring, holding, releasing, seizing, and what the answer reads as. See `IAttestationRegistry`, the manual.
abstract contract AnswerLocks is IAttestationRegistry, IntakePausable, EIP712 {
    using LockRing for LockRing.Ring;
    using ReceiptHash for Receipt;

    /* CONSTANTS */

    /// @dev A receipt is anchored within a day; opting out and lowering a cap take as long.
    uint256 internal constant RECEIPT_LIFE = 1 days;
    uint256 private constant MAX_WINDOW = 7 days;
    /// @dev How long a promise that was not kept can be claimed.
    uint256 private constant DISHONOUR_WINDOW = 7 days;
    uint8 private constant UNDECIDED = 1;
    uint8 internal constant ALONE = 2;
    uint8 internal constant MERGED = 4;
    uint8 private constant DISHONOURED = 8;

    /* IMMUTABLES */

    /// @notice The vault that holds the stake.
    IStakeVault public immutable VAULT;
    /// @notice Operators and their keys.
    IOperatorRegistry public immutable OPERATORS;
    /// @notice Models and their terms.
    IModelRegistry public immutable MODELS;
    /// @notice Time to make a short lock whole, seconds.
    uint256 public immutable HONOUR_WINDOW;

    /* STORAGE */

    /// @dev Under which terms something was anchored; parameters freeze here.
    struct Anchor {
        uint40 anchoredAt;
        uint40 lockEnd;
        uint16 penaltyBps;
        bool privateInput;
    }

    struct Answer {
        uint40 publishedAt;
        uint40 finalAt;
        uint96 locked;
        uint16 penaltyBps;
        uint32 openCases;
        LockState state;
        uint8 methods;
        uint8 flags; // UNDECIDED, ALONE, MERGED, DISHONOURED
    }

    /// @inheritdoc IAttestationRegistry
    address public disputeManager;
    /// @inheritdoc IAttestationRegistry
    address public slashingRegistry;
    mapping(bytes32 receiptId => Answer) internal _answers;
    mapping(address operator => LockRing.Ring) internal _rings;

    modifier onlyDisputes() {
        _requireDisputes();
        _;
    }

    /* DEPLOYMENT */

    constructor(
        address authority,
        IStakeVault vault,
        IOperatorRegistry operators,
        IModelRegistry models
    ) IntakePausable(authority) EIP712("Credence", "1") {
        VAULT = vault;
        OPERATORS = operators;
        MODELS = models;
        HONOUR_WINDOW = models.HONOUR_WINDOW();
        uint256 longestLife = RECEIPT_LIFE + 2 * MAX_WINDOW + HONOUR_WINDOW;
        if (vault.UNBONDING_PERIOD() < longestLife) revert UnbondingTooShort(vault.UNBONDING_PERIOD(), longestLife);
    }

    /// @inheritdoc IAttestationRegistry
    function seal(address disputeManager_, address slashingRegistry_) external restricted {
        if (slashingRegistry != address(0)) revert AlreadySealed();
        if (slashingRegistry_ == address(0)) revert ZeroAddress();
        disputeManager = disputeManager_;
        slashingRegistry = slashingRegistry_;
    }

    /* HONOURING */

    /// @inheritdoc IAttestationRegistry
    function honour(Receipt calldata receipt) external {
        (bytes32 receiptId, Answer storage a) = _requireAlone(receipt);
        _requireHonourTime(receiptId, a.publishedAt, a.publishedAt + HONOUR_WINDOW);
        if (a.state == LockState.Seized) revert LockInState(receiptId, a.state, LockState.InBucket);
        uint256 missing = _missing(receipt, a);
        if (missing == 0) revert LockWhole(receiptId);
        uint256 locked = _lockUpTo(receipt.operator, missing);
        if (locked < missing) revert CannotHonour(receiptId, locked, missing);
        _fill(receipt.operator, a, missing);
        emit LockFilled(receiptId, receipt.operator, missing);
    }

    /* DISPUTE MANAGER ONLY */

    /// @inheritdoc IAttestationRegistry
    function hold(Receipt calldata receipt) external onlyDisputes {
        (bytes32 receiptId, Answer storage a) = _requirePublished(receipt);
        if (a.state != LockState.Held) {
            _requireContestable(receiptId, a);
            a.state = LockState.Held;
            _rings[receipt.operator].remove(a.finalAt, a.locked);
        }
        emit AnswerHeld(receiptId, ++a.openCases);
    }

    /// @inheritdoc IAttestationRegistry
    function release(Receipt calldata receipt, CaseEnd caseEnd) external onlyDisputes {
        (bytes32 receiptId, Answer storage a) = _requirePublished(receipt);
        if (a.state != LockState.Held) revert LockInState(receiptId, a.state, LockState.Held);
        if (caseEnd == CaseEnd.Undecided) a.flags |= UNDECIDED;
        if (caseEnd == CaseEnd.Upheld) a.methods |= Methods.COURT_UPHELD;
        if (--a.openCases == 0) {
            a.state = LockState.InBucket;
            if (block.timestamp > a.finalAt) a.finalAt = uint40(block.timestamp);
            _put(receipt.operator, a.finalAt, a.locked);
        }
        emit AnswerReleased(receiptId, caseEnd, a.openCases, a.finalAt);
    }

    /// @inheritdoc IAttestationRegistry
    function seize(
        Receipt calldata receipt,
        address[] calldata recipients,
        uint256[] calldata amounts
    ) external onlyDisputes returns (uint256 taken) {
        (bytes32 receiptId, Answer storage a) = _requirePublished(receipt);
        if (a.state != LockState.Held) {
            _requireContestable(receiptId, a);
            _rings[receipt.operator].remove(a.finalAt, a.locked);
        }
        a.state = LockState.Seized;
        a.openCases = 0;
        taken = _take(receipt.operator, a.locked, recipients, amounts);
        emit AnswerSeized(receiptId, receipt.operator, taken);
    }

    /* SLASHING REGISTRY ONLY */

    /// @inheritdoc IAttestationRegistry
    function dishonour(Receipt calldata receipt) external returns (uint256 missingCoverage) {
        if (msg.sender != slashingRegistry) revert NotSlashingRegistry(msg.sender, slashingRegistry);
        (bytes32 receiptId, Answer storage a) = _requireAlone(receipt);
        if (a.flags & DISHONOURED != 0) revert DishonouredAlready(receiptId);
        if (_missing(receipt, a) == 0) revert LockWhole(receiptId);
        uint256 honourEnd = uint256(a.publishedAt) + HONOUR_WINDOW;
        uint256 from = a.state == LockState.Seized ? a.publishedAt : honourEnd;
        _requireHonourTime(receiptId, from, honourEnd + DISHONOUR_WINDOW);
        a.flags |= DISHONOURED;
        missingCoverage = receipt.coverage - LockMath.coverageDown(a.locked, a.penaltyBps);
        emit AnswerDishonoured(receiptId, receipt.operator, missingCoverage);
    }

    /// @inheritdoc IAttestationRegistry
    function sweep(address operator) external returns (uint256 freed) {
        freed = _rings[operator].sweep();
        emit LocksSwept(operator, freed);
        _free(operator, freed);
    }

    /* VIEWS */

    /// @inheritdoc IAttestationRegistry
    function checkReceipt(Receipt calldata receipt) external view returns (Confidence memory c) {
        Answer memory a = _answers[receiptIdOf(receipt)];
        if (a.publishedAt != 0) return _confidence(receipt, a);
    }

    /// @inheritdoc IAttestationRegistry
    function receiptIdOf(Receipt calldata receipt) public view returns (bytes32) {
        return _hashTypedDataV4(receipt.hash());
    }

    /// @inheritdoc IAttestationRegistry
    function answer(bytes32 receiptId) external view returns (AnswerView memory) {
        Answer memory a = _answers[receiptId];
        return
            AnswerView({
                publishedAt: a.publishedAt,
                finalAt: a.finalAt,
                locked: a.locked,
                state: a.state,
                openCases: a.openCases,
                methods: a.methods,
                undecided: a.flags & UNDECIDED != 0,
                anchoredAlone: a.flags & ALONE != 0,
                merged: a.flags & MERGED != 0,
                dishonoured: a.flags & DISHONOURED != 0
            });
    }

    /// @inheritdoc IAttestationRegistry
    function lockable(address operator) external view returns (uint256) {
        return _lockable(operator, _rings[operator].expiredAmount());
    }

    /* INTERNAL: THE LOCK */

    /// @dev Puts a lock that the vault holds already into the bucket of its end.
    function _put(address operator, uint256 end, uint256 amount) internal {
        _free(operator, _rings[operator].add(end, amount));
    }

    /// @dev Locks as much of `amount` as can be, with what has run out released in the same call.
    function _lockUpTo(address operator, uint256 amount) internal returns (uint256 locked) {
        uint256 expired = _rings[operator].sweep();
        locked = Math.min(amount, _lockable(operator, expired));
        if (locked + expired > 0) VAULT.relock(operator, expired, locked);
    }

    /// @dev Starts the word of an answer and puts its lock into the bucket of its end.
    function _store(
        bytes32 receiptId,
        address operator,
        Anchor memory anchored,
        uint256 amount,
        uint256 finalAt,
        uint8 flags
    ) internal {
        _answers[receiptId] = Answer({
            publishedAt: uint40(block.timestamp),
            finalAt: uint40(finalAt),
            locked: uint96(amount),
            penaltyBps: anchored.penaltyBps,
            openCases: 0,
            state: LockState.InBucket,
            methods: anchored.privateInput ? 0 : Methods.SEEN,
            flags: flags
        });
        _put(operator, finalAt, amount);
    }

    /// @dev Adds to a lock that is not seized, in its bucket or held.
    function _fill(address operator, Answer storage a, uint256 amount) internal {
        if (amount == 0) return;
        a.locked += uint96(amount);
        if (a.state == LockState.InBucket) _put(operator, a.finalAt, amount);
    }

    /// @dev The lock came to light after the answer was overturned: what was missing then is paid now.
    function _paySeized(Receipt calldata receipt, Answer storage a, uint256 amount) internal {
        uint256 coverage = receipt.coverage - LockMath.coverageDown(a.locked, a.penaltyBps);
        a.locked += uint96(amount);
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (receipt.beneficiary, Math.min(coverage, amount));
        _take(receipt.operator, amount, recipients, amounts);
    }

    /// @dev Seizes, and keeps what was seized counted against the exposure cap.
    function _take(
        address operator,
        uint256 amount,
        address[] memory recipients,
        uint256[] memory amounts
    ) private returns (uint256) {
        OPERATORS.lowerCap(operator, amount);
        return VAULT.seize(operator, amount, recipients, amounts);
    }

    function _free(address operator, uint256 amount) internal {
        if (amount > 0) VAULT.unlock(operator, amount);
    }

    /// @dev What can be locked now if `expired` is released with it.
    function _lockable(address operator, uint256 expired) private view returns (uint256) {
        uint256 exposure = VAULT.lockedBy(address(this), operator) - expired;
        uint256 room = Math.saturatingSub(OPERATORS.exposureCap(operator), exposure);
        return Math.min(room, VAULT.lockable(operator, address(this), expired));
    }

    /// @dev What the full lock has more than is, or was, locked.
    function _missing(Receipt calldata receipt, Answer storage a) internal view returns (uint256) {
        return LockMath.lockUp(receipt.coverage, a.penaltyBps) - a.locked;
    }

    /* INTERNAL: STATUS */

    function _recalledAt(Receipt calldata receipt) internal view returns (uint256) {
        return OPERATORS.recalledAt(receipt.operator, receipt.signerId, receipt.issuedAt);
    }

    function _confidence(Receipt calldata receipt, Answer memory a) internal view returns (Confidence memory c) {
        c.status = _status(receipt, a);
        c.methods = a.methods;
        c.backed = uint96(LockMath.coverageDown(a.locked, a.penaltyBps));
        c.publishedAt = a.publishedAt;
        c.finalAt = a.finalAt;
        bool held = a.state == LockState.Held || (a.state == LockState.InBucket && block.timestamp < a.finalAt);
        if (held && receipt.beneficiary != address(0)) c.payableNow = c.backed;
    }

    /// @dev The one place that says what a published answer reads as.
    function _status(Receipt calldata receipt, Answer memory a) private view returns (AnswerStatus) {
        if (a.state == LockState.Seized) return AnswerStatus.Overturned;
        if (a.state == LockState.Held) return AnswerStatus.Contested;
        if (a.flags & UNDECIDED != 0) return AnswerStatus.Undecided;
        if (_recalledAt(receipt) < a.finalAt) return AnswerStatus.Recalled;
        if (block.timestamp < a.finalAt) return AnswerStatus.Pending;
        bool whole = a.locked == LockMath.lockUp(receipt.coverage, a.penaltyBps);
        return whole ? AnswerStatus.Final : AnswerStatus.Expired;
    }

    /* INTERNAL: REQUIREMENTS */

    function _requirePublished(Receipt calldata receipt) internal view returns (bytes32 receiptId, Answer storage a) {
        receiptId = receiptIdOf(receipt);
        a = _answers[receiptId];
        if (a.publishedAt == 0) revert AnswerUnknown(receiptId);
    }

    function _requireAlone(Receipt calldata receipt) internal view returns (bytes32 receiptId, Answer storage a) {
        (receiptId, a) = _requirePublished(receipt);
        if (a.flags & ALONE == 0) revert NotAnchoredAlone(receiptId);
    }

    function _requireContestable(bytes32 receiptId, Answer storage a) private view {
        if (a.state == LockState.Seized) revert LockInState(receiptId, a.state, LockState.InBucket);
        if (block.timestamp >= a.finalAt) revert AnswerOver(receiptId, block.timestamp, a.finalAt);
    }

    function _requireHonourTime(bytes32 receiptId, uint256 from, uint256 until) private view {
        if (block.timestamp < from || block.timestamp >= until) {
            revert HonourTime(receiptId, block.timestamp, from, until);
        }
    }

    function _requireDisputes() private view {
        if (msg.sender != disputeManager) revert NotDisputeManager(msg.sender, disputeManager);
    }
}
