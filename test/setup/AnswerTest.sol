// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AttestationRegistry } from "../../contracts/attestations/AttestationRegistry.sol";
import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { AnswerStatus, Confidence } from "../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { ProtocolTest } from "./ProtocolTest.sol";

/// @notice A deployed protocol with one operator, and what tests of answers do with it most often.
abstract contract AnswerTest is ProtocolTest {
    /// @dev `12 h + minWindow`, see protocol.md 4.5.
    uint256 internal constant HONOUR = 13 hours;

    AttestationRegistry internal attestations;
    uint8 private fillers;

    function setUp() public virtual override {
        super.setUp();
        _setUpOperator();
        attestations = protocol.attestations;
    }

    /* ACTING */

    /// @dev Publishes the answer at `leaf` as a stranger.
    function _publish(Leaf memory leaf) internal returns (bytes32) {
        vm.prank(stranger);
        return attestations.publish(leaf, REQUEST, OUTPUT);
    }

    /// @dev Anchors one receipt alone, as a stranger, with the operator's signature.
    function _anchorAlone(CredenceReceipt memory receipt) internal returns (bytes32) {
        bytes memory signature = _signReceipt(receipt);
        vm.prank(stranger);
        return attestations.anchorReceipt(receipt, signature, REQUEST, OUTPUT);
    }

    /// @dev A published answer of a batch of one.
    function _published(uint256 job) internal returns (CredenceReceipt memory) {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(job, 1);
        _publish(_leaf(batch, receipts, 0));
        return receipts[0];
    }

    /// @dev A batch of one around `receipt`, anchored by the operator.
    function _anchorOne(CredenceReceipt memory receipt) internal returns (Leaf memory) {
        CredenceReceipt[] memory receipts = new CredenceReceipt[](1);
        receipts[0] = receipt;
        Batch memory batch = _batchOf(receipts);
        vm.prank(receipt.operator);
        attestations.anchor(batch, "");
        return _leaf(batch, receipts, 0);
    }

    /// @dev Leaves exactly `left` lockable for ten hours: one leaf of another model takes the rest. `left` is even.
    function _leaveLockable(uint256 left) internal {
        IModelRegistry.Policy memory policy = _policy();
        policy.challengeWindow = 10 hours;
        policy.courtConfig = ++fillers; // makes another model of each
        CredenceReceipt memory receipt = _receipt(uint256(keccak256("filler")));
        receipt.modelId = _publishModel(policy);
        receipt.coverage = uint96((attestations.lockable(operator) - left) / 2);
        _anchorOne(receipt);
        assertEq(attestations.lockable(operator), left, "lockable");
    }

    function _hold(CredenceReceipt memory receipt) internal {
        vm.prank(disputes);
        attestations.hold(receipt);
    }

    function _release(CredenceReceipt memory receipt, IAttestationRegistry.CaseEnd caseEnd) internal {
        vm.prank(disputes);
        attestations.release(receipt, caseEnd);
    }

    /// @dev Overturns: coverage to the beneficiary, the rest to the reserve.
    function _seize(CredenceReceipt memory receipt) internal returns (uint256) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (receipt.beneficiary, attestations.checkReceipt(receipt).backed);
        vm.prank(disputes);
        return attestations.seize(receipt, recipients, amounts);
    }

    function _jail(uint256 until) internal {
        vm.prank(address(protocol.slashing));
        protocol.operators.jail(operator, until, false);
    }

    function _tombstone() internal {
        vm.prank(address(protocol.slashing));
        protocol.operators.tombstone(operator);
    }

    /* READING */

    function _id(CredenceReceipt memory receipt) internal view returns (bytes32) {
        return attestations.receiptIdOf(receipt);
    }

    function _locked() internal view returns (uint256) {
        return protocol.vault.lockedBy(address(attestations), operator);
    }

    function _credit(address account) internal view returns (uint256) {
        return protocol.vault.account(account).credit;
    }

    function _lockEnd(Batch memory batch) internal view returns (uint256 lockEnd) {
        (, lockEnd) = attestations.batch(attestations.batchIdOf(batch));
    }

    /// @dev The first second at which a lock that ends at `end` may be freed.
    function _nextHour(uint256 end) internal pure returns (uint256) {
        return end - (end % 1 hours) + 1 hours;
    }

    function _assertStatus(CredenceReceipt memory receipt, AnswerStatus expected) internal view {
        assertEq(uint8(attestations.checkReceipt(receipt).status), uint8(expected), "status");
    }

    function _assertStatus(Leaf memory leaf, AnswerStatus expected) internal view {
        assertEq(uint8(attestations.check(leaf).status), uint8(expected), "status");
    }

    function _assertConfidence(Confidence memory actual, Confidence memory expected) internal pure {
        assertEq(uint8(actual.status), uint8(expected.status), "status");
        assertEq(actual.methods, expected.methods, "methods");
        assertEq(actual.backed, expected.backed, "backed");
        assertEq(actual.payableNow, expected.payableNow, "payableNow");
        assertEq(actual.publishedAt, expected.publishedAt, "publishedAt");
        assertEq(actual.finalAt, expected.finalAt, "finalAt");
    }
}
