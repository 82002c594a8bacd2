// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { LowLevelCall } from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { LockMath } from "../math/LockMath.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { IProofVerifier } from "../models/IProofVerifier.sol";
import { IOperatorRegistry } from "../operators/IOperatorRegistry.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { AnswerStatus, Confidence, Methods } from "../types/Confidence.sol";
import { Batch, Leaf, Receipt } from "../types/Receipt.sol";
import { AnswerLocks } from "./AnswerLocks.sol";
import { IAttestationRegistry } from "./IAttestationRegistry.sol";
import { LockRing } from "./LockRing.sol";
import { ReceiptHash } from "./ReceiptHash.sol";

/// @title AttestationRegistry
/// @notice See `IAttestationRegistry`, the manual of this contract.
contract AttestationRegistry is AnswerLocks {
    using LockRing for LockRing.Ring;
    using ReceiptHash for Batch;

    /* CONSTANTS */

    uint256 private constant MAX_COUNT = 1 << 20;
    /// @dev Costs about 740,000 gas at 45 per byte: within any block.
    uint256 private constant MAX_SHOWN_BYTES = 16_384;

    /* STORAGE */

    mapping(bytes32 batchId => Anchor) private _anchors;

    /* DEPLOYMENT */

    /// @param authority AccessManager of the deployment.
    /// @param vault StakeVault.
    /// @param operators OperatorRegistry.
    /// @param models ModelRegistry.
    constructor(
        address authority,
        IStakeVault vault,
        IOperatorRegistry operators,
        IModelRegistry models
    ) AnswerLocks(authority, vault, operators, models) {}

    /* ANCHORING AND PUBLISHING */

    /// @inheritdoc IAttestationRegistry
    function anchor(Batch calldata batch_, bytes calldata signature) external whenIntakeOpen returns (bytes32 batchId) {
        _requireHeader(batch_);
        Anchor memory a = _terms(batch_.modelId, batch_.coverage, true);
        batchId = batchIdOf(batch_);
        if (_anchors[batchId].anchoredAt != 0) revert BatchExists(batchId);
        bool own = msg.sender == batch_.operator || keccak256(abi.encodePacked(msg.sender)) == batch_.signerId;
        uint256 cap =
            own
                ? OPERATORS.requireActive(batch_.operator, batch_.signerId)
                : OPERATORS.requireActiveSigned(batch_.operator, batch_.signerId, batchId, signature);

        _anchors[batchId] = a;
        _emitAnchored(batchId, batch_);
        uint256 amount = batch_.count * LockMath.lockUp(batch_.coverage, a.penaltyBps);
        _lockLeaves(batch_.operator, amount, a.lockEnd, cap);
    }

    /// @inheritdoc IAttestationRegistry
    function publish(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output
    ) external returns (bytes32 receiptId) {
        Receipt calldata receipt = leaf.receipt;
        receiptId = receiptIdOf(receipt);
        if (_answers[receiptId].publishedAt != 0) revert AnswerExists(receiptId);
        (bytes32 batchId, Anchor memory a) = _requireLockedLeaf(leaf, receiptId, false);
        _requireShown(receipt, a.privateInput, request, output);

        uint256 amount = LockMath.lockUp(receipt.coverage, a.penaltyBps);
        uint256 finalAt = block.timestamp + (a.lockEnd - a.anchoredAt);
        _rings[receipt.operator].remove(a.lockEnd, amount);
        _store(receiptId, receipt.operator, a, amount, finalAt, 0);
        _emitPublished(receiptId, batchId, receipt, request, output);
    }

    /// @inheritdoc IAttestationRegistry
    function anchorReceipt(
        Receipt calldata receipt,
        bytes calldata signature,
        bytes calldata request,
        bytes calldata output
    ) external returns (bytes32 receiptId) {
        receiptId = receiptIdOf(receipt);
        if (_answers[receiptId].publishedAt != 0) revert AnswerExists(receiptId);
        Anchor memory a = _terms(receipt.modelId, receipt.coverage, false);
        _requireReceipt(receipt, receiptId, a);
        _requireShown(receipt, a.privateInput, request, output);
        OPERATORS.requireSigned(receipt.operator, receipt.signerId, receipt.issuedAt, receiptId, signature);
        OPERATORS.requireStanding(receipt.operator, receipt.issuedAt);

        uint256 required = LockMath.lockUp(receipt.coverage, a.penaltyBps);
        uint256 amount = _lockUpTo(receipt.operator, required);
        // What is missing may be made good until HONOUR_WINDOW is over; a full window follows.
        uint256 finalAt = amount < required ? a.lockEnd + HONOUR_WINDOW : a.lockEnd;
        _store(receiptId, receipt.operator, a, amount, finalAt, ALONE);
        _emitPublished(receiptId, 0, receipt, request, output);
    }

    /// @inheritdoc IAttestationRegistry
    function merge(Leaf calldata leaf) external {
        Receipt calldata receipt = leaf.receipt;
        (bytes32 receiptId, Answer storage a) = _requireAlone(receipt);
        if (a.flags & MERGED != 0) revert MergedAlready(receiptId);
        // The leaf's lock is there until its bucket runs out, and as long anybody may show it.
        (bytes32 batchId, Anchor memory b) = _requireLockedLeaf(leaf, receiptId, true);
        a.flags |= MERGED;

        uint256 amount = LockMath.lockUp(receipt.coverage, b.penaltyBps);
        uint256 freed = _rings[receipt.operator].sweep();
        _rings[receipt.operator].remove(b.lockEnd, amount);
        // Nothing is owed any more once the time to contest is over. That the bond answered for the broken promise
        // before changes nothing: else a liar would free a locked leaf for the price of its bond.
        bool owed = a.state != LockState.InBucket || block.timestamp < a.finalAt;
        uint256 filled = owed ? _missing(receipt, a) : 0;
        emit ReceiptMerged(receiptId, batchId, filled, amount - filled);
        if (a.state == LockState.Seized) _paySeized(receipt, a, filled);
        else _fill(receipt.operator, a, filled);
        _free(receipt.operator, freed + amount - filled);
    }

    /// @inheritdoc IAttestationRegistry
    function prove(Receipt calldata receipt, bytes calldata proof) external {
        (bytes32 receiptId, Answer storage a) = _requirePublished(receipt);
        if (a.state == LockState.Seized) revert LockInState(receiptId, a.state, LockState.InBucket);
        (address verifier, bytes32 key) = MODELS.proofOf(receipt.modelId);
        if (verifier == address(0)) revert NoProofVerifier(receipt.modelId);
        bytes memory call = abi.encodeCall(IProofVerifier.verify, (key, receipt, proof));
        (bool success, bytes32 accepted, ) = LowLevelCall.staticcallReturn64Bytes(verifier, call);
        if (!success || LowLevelCall.returnDataSize() < 32 || uint256(accepted) != 1) revert NotProven(receiptId);
        a.methods |= Methods.PROVEN;
        emit AnswerProven(receiptId, verifier);
    }

    /* VIEWS */

    /// @inheritdoc IAttestationRegistry
    function check(Leaf calldata leaf) external view returns (Confidence memory c) {
        bytes32 receiptId = receiptIdOf(leaf.receipt);
        Answer memory a = _answers[receiptId];
        if (a.publishedAt != 0) return _confidence(leaf.receipt, a);
        Anchor memory b = _anchors[batchIdOf(leaf.batch)];
        if (b.anchoredAt == 0) return c;
        (LeafFault fault, , ) = _faultOf(leaf, receiptId, b);
        if (fault != LeafFault.None) return c;
        bool open = block.timestamp < b.lockEnd;
        c.status = open ? AnswerStatus.Pending : AnswerStatus.Expired;
        if (_recalledAt(leaf.receipt) < b.lockEnd) c.status = AnswerStatus.Recalled;
        c.backed = leaf.receipt.coverage;
        if (open && leaf.receipt.beneficiary != address(0)) c.payableNow = c.backed;
    }

    /// @inheritdoc IAttestationRegistry
    function faultOf(Leaf calldata leaf) external view returns (LeafFault, uint256, uint256) {
        bytes32 batchId = batchIdOf(leaf.batch);
        return _faultOf(leaf, receiptIdOf(leaf.receipt), _requireAnchored(batchId));
    }

    /// @inheritdoc IAttestationRegistry
    function requireSigned(Leaf calldata leaf, bytes calldata signature) external view {
        Receipt calldata receipt = leaf.receipt;
        bytes32 receiptId = receiptIdOf(receipt);
        if (signature.length > 0) {
            OPERATORS.requireSigned(receipt.operator, receipt.signerId, receipt.issuedAt, receiptId, signature);
        } else if (_answers[receiptId].publishedAt == 0) {
            _requireLeaf(leaf, receiptId, _requireAnchored(batchIdOf(leaf.batch)));
        }
    }

    /// @inheritdoc IAttestationRegistry
    function batchIdOf(Batch calldata batch_) public view returns (bytes32) {
        return _hashTypedDataV4(batch_.hash());
    }

    /// @inheritdoc IAttestationRegistry
    function batch(bytes32 batchId) external view returns (uint256 anchoredAt, uint256 lockEnd) {
        return (_anchors[batchId].anchoredAt, _anchors[batchId].lockEnd);
    }

    /* INTERNAL */

    function _requireHeader(Batch calldata b) private view {
        uint256 latest = block.timestamp + RECEIPT_LIFE;
        if (b.anchorBy <= block.timestamp || b.anchorBy > latest) {
            revert AnchorByOutOfRange(b.anchorBy, block.timestamp + 1, latest);
        }
        if (b.count == 0 || b.count > MAX_COUNT) revert CountOutOfRange(b.count, 1, MAX_COUNT);
    }

    /// @dev What is anchored now is anchored under these terms, whatever happens to the model later.
    function _terms(bytes32 modelId, uint256 coverage, bool forBatch) private view returns (Anchor memory a) {
        (uint256 window, uint256 penaltyBps, bool privateInput) = MODELS.requireTerms(modelId, coverage, forBatch);
        a.anchoredAt = uint40(block.timestamp);
        a.lockEnd = uint40(block.timestamp + window);
        a.penaltyBps = uint16(penaltyBps);
        a.privateInput = privateInput;
    }

    /// @dev Locks `amount` until `end`. An hour that has its bucket is not swept again, so what has run out since may
    /// be in the way of stake or cap: only then it is swept.
    function _lockLeaves(address operator, uint256 amount, uint256 end, uint256 cap) private {
        LockRing.Ring storage ring = _rings[operator];
        uint256 expired = ring.add(end, amount);
        uint256 locked = type(uint256).max;
        try VAULT.relock(operator, expired, amount) returns (uint256 reached) {
            locked = reached;
        } catch {}
        if (locked <= cap) return;
        bool failed = locked == type(uint256).max;
        uint256 late = ring.sweep();
        locked = VAULT.relock(operator, failed ? expired + late : late, failed ? amount : 0);
        if (locked > cap) revert ExposureCapExceeded(operator, locked, cap);
    }

    function _emitAnchored(bytes32 batchId, Batch calldata b) private {
        emit BatchAnchored({
            batchId: batchId,
            operator: b.operator,
            modelId: b.modelId,
            signerId: b.signerId,
            root: b.root,
            count: b.count,
            coverage: b.coverage,
            anchorBy: b.anchorBy,
            dataURI: b.dataURI
        });
    }

    function _emitPublished(
        bytes32 receiptId,
        bytes32 batchId,
        Receipt calldata receipt,
        bytes calldata request,
        bytes calldata output
    ) private {
        Answer storage a = _answers[receiptId];
        emit AnswerPublished({
            receiptId: receiptId,
            operator: receipt.operator,
            modelId: receipt.modelId,
            batchId: batchId,
            receipt: receipt,
            request: request,
            output: output,
            locked: a.locked,
            finalAt: a.finalAt
        });
    }

    function _requireAnchored(bytes32 batchId) private view returns (Anchor memory a) {
        a = _anchors[batchId];
        if (a.anchoredAt == 0) revert BatchUnknown(batchId);
    }

    function _requireLeaf(Leaf calldata leaf, bytes32 receiptId, Anchor memory a) private pure {
        (LeafFault fault, uint256 actual, uint256 expected) = _faultOf(leaf, receiptId, a);
        if (fault != LeafFault.None) revert ReceiptVoid(receiptId, fault, actual, expected);
    }

    function _requireReceipt(Receipt calldata receipt, bytes32 receiptId, Anchor memory a) private pure {
        (LeafFault fault, uint256 actual, uint256 expected) = _faultOfReceipt(receipt, a);
        if (fault != LeafFault.None) revert ReceiptVoid(receiptId, fault, actual, expected);
    }

    /// @dev With `untilSwept` also in the last, partial hour, when the lock's time is over but its bucket is not.
    function _requireLockedLeaf(
        Leaf calldata leaf,
        bytes32 receiptId,
        bool untilSwept
    ) private view returns (bytes32 batchId, Anchor memory a) {
        batchId = batchIdOf(leaf.batch);
        a = _requireAnchored(batchId);
        uint256 end = untilSwept ? LockRing.sweptFrom(a.lockEnd) : a.lockEnd;
        if (block.timestamp >= end) revert BatchLockOver(batchId, block.timestamp, end);
        _requireLeaf(leaf, receiptId, a);
    }

    function _requireShown(
        Receipt calldata receipt,
        bool privateInput,
        bytes calldata request,
        bytes calldata output
    ) private pure {
        uint256 length = request.length + output.length;
        uint256 maximum = privateInput ? 0 : MAX_SHOWN_BYTES;
        if (length > maximum) revert ShownTooLong(length, maximum);
        if (privateInput) return;
        if (keccak256(request) != receipt.inputHash) revert RequestMismatch(keccak256(request), receipt.inputHash);
        if (keccak256(output) != receipt.outputHash) revert OutputMismatch(keccak256(output), receipt.outputHash);
    }

    /// @dev Why the leaf is void or not in the batch; cheap comparisons first.
    function _faultOf(
        Leaf calldata leaf,
        bytes32 receiptId,
        Anchor memory a
    ) private pure returns (LeafFault fault, uint256 actual, uint256 expected) {
        (fault, actual, expected) = _faultOfHeader(leaf.receipt, leaf.batch);
        if (fault != LeafFault.None) return (fault, actual, expected);
        (fault, actual, expected) = _faultOfReceipt(leaf.receipt, a);
        if (fault != LeafFault.None) return (fault, actual, expected);
        if (leaf.index >= leaf.batch.count) return (LeafFault.Index, leaf.index, leaf.batch.count);
        uint256 depth = Math.log2(leaf.batch.count, Math.Rounding.Ceil);
        if (leaf.proof.length != depth) return (LeafFault.ProofLength, leaf.proof.length, depth);
        bytes32 root = ReceiptHash.rootOf(receiptId, leaf.index, leaf.proof);
        if (root != leaf.batch.root) return (LeafFault.Root, uint256(root), uint256(leaf.batch.root));
    }

    function _faultOfHeader(Receipt calldata r, Batch calldata b) private pure returns (LeafFault, uint256, uint256) {
        if (r.operator != b.operator) return (LeafFault.Operator, uint160(r.operator), uint160(b.operator));
        if (r.signerId != b.signerId) return (LeafFault.Signer, uint256(r.signerId), uint256(b.signerId));
        if (r.modelId != b.modelId) return (LeafFault.Model, uint256(r.modelId), uint256(b.modelId));
        if (r.coverage != b.coverage) return (LeafFault.Coverage, r.coverage, b.coverage);
        return (LeafFault.None, 0, 0);
    }

    function _faultOfReceipt(Receipt calldata r, Anchor memory a) private pure returns (LeafFault, uint256, uint256) {
        uint256 earliest = a.anchoredAt - RECEIPT_LIFE;
        uint256 latest = r.issuedAt + RECEIPT_LIFE;
        if (r.jobId == 0) return (LeafFault.Job, 0, 1);
        if (r.issuedAt < earliest) return (LeafFault.IssuedTooEarly, r.issuedAt, earliest);
        if (r.issuedAt > a.anchoredAt) return (LeafFault.IssuedAfterAnchoring, r.issuedAt, a.anchoredAt);
        if (r.anchorBy <= a.anchoredAt) return (LeafFault.AnchorBy, r.anchorBy, a.anchoredAt);
        if (r.anchorBy > latest) return (LeafFault.AnchorByTooLate, r.anchorBy, latest);
        if (a.privateInput && r.beneficiary == address(0)) return (LeafFault.Beneficiary, 0, 1);
        return (LeafFault.None, 0, 0);
    }
}
