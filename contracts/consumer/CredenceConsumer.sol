// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../types/Confidence.sol";
import { Leaf, Receipt } from "../types/Receipt.sol";

/// @notice What a contract asks of an answer before it relies on it.
struct Requirement {
    bytes32 modelId; // must be set; fixes class, verifier, window and grounds
    bytes32 inputHash; // must be set: a gate that forgets the question accepts any answer
    uint96 minBacked; // coverage that stood behind the answer
    uint96 minPayable; // coverage still locked for the beneficiary; not 0 before finality
    uint8 methods; // bit mask of `Methods`; 0 asks for SEEN
    bool mustBeFinal; // false: acts before finality, needs maxAge and consumes the receipt
    bool acceptContested; // only before finality: the lock is held either way
    uint40 maxAge; // seconds since publication, half-open; 0: any age, only with mustBeFinal
    address beneficiary; // zero: this contract
}

/// @title CredenceConsumer
/// @notice Base for contracts that rely on answers. A gate reads confidence and reverts with the one condition that is
/// not met.
/// @dev **What this cannot secure.** What relies on more than `payableNow` plus the cost of corrupting whoever decides
/// contested answers is not secured. One coverage backs one action: a gate that acts before finality consumes the
/// receipt in this contract's storage, and the request that it hashes should name the action and the caller, so that a
/// copied receipt is of no use to the copier.
abstract contract CredenceConsumer {
    /* ERRORS: THE GATE IS BADLY WRITTEN */

    /// @notice The gate must name a model.
    error ModelNotRequired();
    /// @notice The gate must name the question.
    error InputNotRequired();
    /// @notice A gate that acts before finality bounds the age; it is at most half of the answer's window.
    error MaxAgeOutOfRange(uint256 actual, uint256 maximum);
    /// @notice A gate that acts before finality is held harmless by what is payable, so it must ask for some.
    error PayableNotRequired();
    /// @notice A final answer is not contested.
    error ContestedNeverFinal();

    /* ERRORS: THE ANSWER DOES NOT SUFFICE */

    /// @notice The answer is another model's.
    error ModelMismatch(bytes32 actual, bytes32 expected);
    /// @notice The receipt answers another question.
    error InputMismatch(bytes32 actual, bytes32 expected);
    /// @notice These are not the bytes that the receipt answers with.
    error OutputMismatch(bytes32 actual, bytes32 expected);
    /// @notice The coverage would be paid to somebody else.
    error BeneficiaryMismatch(address actual, address expected);
    /// @notice The answer was never published.
    error NotPublished(AnswerStatus status);
    /// @notice The answer is not final.
    error NotFinal(AnswerStatus status, uint256 actual, uint256 finalAt);
    /// @notice The gate does not act on an answer of this status.
    error StatusNotAccepted(AnswerStatus status);
    /// @notice Too little coverage stood behind the answer.
    error BackedTooLow(uint256 actual, uint256 required);
    /// @notice Too little is still locked for the beneficiary.
    error PayableTooLow(uint256 actual, uint256 required);
    /// @notice A check that the gate asks for was not performed.
    error MethodsMissing(uint256 actual, uint256 required);
    /// @notice The answer was published too long ago.
    error TooOld(uint256 age, uint256 maxAge);
    /// @notice This contract has acted on the receipt before.
    error ReceiptConsumed(bytes32 receiptId);
    /// @notice Too few different operators gave this output under the requirement.
    error QuorumMissed(uint256 actual, uint256 required);

    /* EVENTS */

    /// @notice The contract relied on the answer.
    event ReceiptUsed(bytes32 indexed receiptId, AnswerStatus status, uint256 payableNow);

    /// @notice The registry that answers are read from.
    IAttestationRegistry public immutable ATTESTATIONS;

    mapping(bytes32 receiptId => bool) private _consumed;

    /// @param attestations AttestationRegistry of the deployment.
    constructor(IAttestationRegistry attestations) {
        ATTESTATIONS = attestations;
    }

    /// @notice Whether this contract has acted on the receipt before it was final.
    function isConsumed(bytes32 receiptId) public view returns (bool) {
        return _consumed[receiptId];
    }

    /* GATES */

    /// @notice Reverts unless the answer at `leaf` meets `requirement`; consumes it if the gate acts before finality.
    /// @param leaf of a published answer only the receipt counts; batch and proof may then be empty.
    /// @return receiptId of the answer, and its confidence.
    function _requireConfidence(
        Leaf calldata leaf,
        Requirement memory requirement
    ) internal returns (bytes32 receiptId, Confidence memory confidence) {
        _requireGate(requirement);
        confidence = ATTESTATIONS.check(leaf);
        receiptId = ATTESTATIONS.receiptIdOf(leaf.receipt);
        bytes memory unmet = _unmet(leaf.receipt, receiptId, confidence, requirement);
        if (unmet.length > 0) _revertWith(unmet);
        if (!requirement.mustBeFinal) _consumed[receiptId] = true;
        emit ReceiptUsed(receiptId, confidence.status, confidence.payableNow);
    }

    /// @notice Reverts unless these are the bytes that the receipt answers with.
    function _requireOutput(Receipt calldata receipt, bytes calldata output) internal pure {
        if (keccak256(output) != receipt.outputHash) revert OutputMismatch(keccak256(output), receipt.outputHash);
    }

    /// @notice Reverts unless `k` different operators gave the same output under `requirement`. A leaf that does not
    /// meet it does not count and does not revert. Consumes those that count if the gate acts before finality.
    /// @dev Quadratic in the number of leaves, which the caller pays for.
    /// @param outputHash the output that the quorum is about.
    function _requireQuorum(
        Leaf[] calldata leaves,
        Requirement memory requirement,
        bytes32 outputHash,
        uint256 k
    ) internal {
        _requireGate(requirement);
        address[] memory counted = new address[](leaves.length);
        uint256 count = 0;
        for (uint256 i = 0; i < leaves.length && count < k; ++i) {
            Receipt calldata receipt = leaves[i].receipt;
            if (receipt.outputHash != outputHash || _contains(counted, count, receipt.operator)) continue;
            Confidence memory confidence = ATTESTATIONS.check(leaves[i]);
            bytes32 receiptId = ATTESTATIONS.receiptIdOf(receipt);
            if (_unmet(receipt, receiptId, confidence, requirement).length > 0) continue;
            counted[count++] = receipt.operator;
            if (!requirement.mustBeFinal) _consumed[receiptId] = true;
            emit ReceiptUsed(receiptId, confidence.status, confidence.payableNow);
        }
        if (count < k || k == 0) revert QuorumMissed(count, k);
    }

    /* INTERNAL */

    function _requireGate(Requirement memory requirement) private pure {
        if (requirement.modelId == 0) revert ModelNotRequired();
        if (requirement.inputHash == 0) revert InputNotRequired();
        if (requirement.mustBeFinal && requirement.acceptContested) revert ContestedNeverFinal();
        if (requirement.mustBeFinal) return;
        if (requirement.maxAge == 0) revert MaxAgeOutOfRange(0, type(uint40).max);
        if (requirement.minPayable == 0) revert PayableNotRequired();
    }

    /// @dev The error of the first condition that is not met, or nothing.
    function _unmet(
        Receipt calldata receipt,
        bytes32 receiptId,
        Confidence memory c,
        Requirement memory r
    ) private view returns (bytes memory) {
        if (receipt.modelId != r.modelId) {
            return abi.encodeWithSelector(ModelMismatch.selector, receipt.modelId, r.modelId);
        }
        if (receipt.inputHash != r.inputHash) {
            return abi.encodeWithSelector(InputMismatch.selector, receipt.inputHash, r.inputHash);
        }
        address beneficiary = r.beneficiary == address(0) ? address(this) : r.beneficiary;
        if (receipt.beneficiary != beneficiary) {
            return abi.encodeWithSelector(BeneficiaryMismatch.selector, receipt.beneficiary, beneficiary);
        }
        if (c.publishedAt == 0) return abi.encodeWithSelector(NotPublished.selector, c.status);
        bytes memory unmet = r.mustBeFinal ? _unmetFinal(c) : _unmetActing(receiptId, c, r);
        return unmet.length > 0 ? unmet : _unmetNumbers(c, r);
    }

    function _unmetFinal(Confidence memory c) private view returns (bytes memory) {
        if (c.status == AnswerStatus.Final) return "";
        return abi.encodeWithSelector(NotFinal.selector, c.status, block.timestamp, c.finalAt);
    }

    /// @dev At most half of the window may have passed: the lock must outlive the time that finding a lie takes.
    function _unmetActing(
        bytes32 receiptId,
        Confidence memory c,
        Requirement memory r
    ) private view returns (bytes memory) {
        bool accepted = c.status == AnswerStatus.Pending || (r.acceptContested && c.status == AnswerStatus.Contested);
        if (!accepted) return abi.encodeWithSelector(StatusNotAccepted.selector, c.status);
        uint256 half = (c.finalAt - c.publishedAt) / 2;
        if (r.maxAge > half) return abi.encodeWithSelector(MaxAgeOutOfRange.selector, r.maxAge, half);
        if (_consumed[receiptId]) return abi.encodeWithSelector(ReceiptConsumed.selector, receiptId);
        return "";
    }

    function _unmetNumbers(Confidence memory c, Requirement memory r) private view returns (bytes memory) {
        uint256 age = block.timestamp - c.publishedAt;
        if (r.maxAge > 0 && age >= r.maxAge) return abi.encodeWithSelector(TooOld.selector, age, r.maxAge);
        if (c.backed < r.minBacked) return abi.encodeWithSelector(BackedTooLow.selector, c.backed, r.minBacked);
        if (c.payableNow < r.minPayable) {
            return abi.encodeWithSelector(PayableTooLow.selector, c.payableNow, r.minPayable);
        }
        uint8 methods = r.methods == 0 ? Methods.SEEN : r.methods;
        if (c.methods & methods != methods) return abi.encodeWithSelector(MethodsMissing.selector, c.methods, methods);
        return "";
    }

    function _contains(address[] memory list, uint256 count, address item) private pure returns (bool) {
        for (uint256 i = 0; i < count; ++i) {
            if (list[i] == item) return true;
        }
        return false;
    }

    /// @dev Reverts with an encoded error: its bytes start 32 after the length.
    function _revertWith(bytes memory encodedError) private pure {
        assembly ("memory-safe") {
            revert(add(encodedError, 0x20), mload(encodedError))
        }
    }
}
