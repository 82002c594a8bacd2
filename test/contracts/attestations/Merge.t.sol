// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { AnswerStatus, Confidence } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract MergeTest is AnswerTest {
    CredenceReceipt private receipt;
    bytes32 private id;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        receipt = _receipt(0);
        id = _id(receipt);
        start = block.timestamp;
    }

    /* A STRANGER LOCKS AN HONEST OPERATOR'S STAKE TWICE */

    function test_TheDoubleLockOfAnHonestOperatorIsFreed() external {
        _anchorAlone(receipt);
        Leaf memory leaf = _anchorOne(receipt);
        assertEq(_locked(), 2 * LOCK);
        _expectMerged(leaf, 0, LOCK);
        vm.prank(stranger);
        attestations.merge(leaf);
        assertEq(_locked(), LOCK);
        assertTrue(attestations.answer(id).merged);
        assertEq(attestations.answer(id).locked, LOCK);
        vm.warp(start + WINDOW);
        _assertStatus(receipt, AnswerStatus.Final);
        vm.warp(_nextHour(start + WINDOW));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    function test_TheOtherLeavesOfTheBatchKeepTheirs() external {
        _anchorAlone(receipt);
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 3);
        attestations.merge(_leaf(batch, receipts, 0));
        assertEq(_locked(), 3 * LOCK);
        _publish(_leaf(batch, receipts, 1));
        _publish(_leaf(batch, receipts, 2));
        vm.warp(_nextHour(start + WINDOW));
        assertEq(attestations.sweep(operator), 3 * LOCK);
        assertEq(_locked(), 0);
    }

    /* AN OPERATOR STRIPS A LOCKED LEAF */

    function test_StrippedLeafIsFilledAndPaysInFull() external {
        Leaf memory leaf = _strip(0);
        uint256 before = _locked();
        assertEq(attestations.answer(id).locked, 0);
        _expectMerged(leaf, LOCK, 0);
        attestations.merge(leaf);
        assertEq(_locked(), before);
        Confidence memory c = attestations.check(leaf);
        assertEq(c.backed, COVERAGE);
        assertEq(c.payableNow, COVERAGE);
        assertEq(c.finalAt, start + WINDOW + HONOUR);
        assertEq(_seize(receipt), LOCK);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), LOCK - COVERAGE);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
    }

    function test_StrippedLeafBecomesFinalWhenFilled() external {
        attestations.merge(_strip(0));
        vm.warp(start + WINDOW + HONOUR);
        _assertStatus(receipt, AnswerStatus.Final);
        vm.warp(_nextHour(start + WINDOW + HONOUR));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    function test_OnlyWhatIsMissingIsFilled() external {
        Leaf memory leaf = _strip(6e18);
        uint256 before = _locked();
        _expectMerged(leaf, LOCK - 6e18, 6e18);
        attestations.merge(leaf);
        assertEq(_locked(), before - 6e18);
        assertEq(attestations.answer(id).locked, LOCK);
    }

    function test_FillsALockThatIsHeld() external {
        Leaf memory leaf = _strip(6e18);
        _hold(receipt);
        uint256 before = _locked();
        attestations.merge(leaf);
        assertEq(_locked(), before - 6e18);
        assertEq(attestations.checkReceipt(receipt).payableNow, COVERAGE);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        vm.warp(_nextHour(start + WINDOW + HONOUR));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    function test_FillsALockThatIsHeldBeyondItsTime() external {
        _leaveLockable(0);
        _anchorAlone(receipt);
        _hold(receipt);
        vm.warp(start + 23 hours);
        Leaf memory leaf = _anchorOne(receipt);
        attestations.merge(leaf);
        assertEq(_seize(receipt), LOCK);
        assertEq(_credit(beneficiary), COVERAGE);
    }

    /// @dev The answer was overturned while its leaf was hidden: nothing was there to take, and it is paid now.
    function test_StrippedLeafPaysWhenTheAnswerWasSeizedBefore() external {
        Leaf memory leaf = _strip(0);
        assertEq(_seize(receipt), 0);
        uint256 before = _locked();
        uint256 cap = protocol.operators.exposureCap(operator);
        _expectMerged(leaf, LOCK, 0);
        vm.prank(stranger);
        attestations.merge(leaf);
        assertEq(_locked(), before - LOCK);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), LOCK - COVERAGE);
        assertEq(_credit(stranger), 0);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
        assertEq(protocol.operators.exposureCap(operator), cap - LOCK);
        _assertStatus(leaf, AnswerStatus.Overturned);
        assertEq(attestations.check(leaf).payableNow, 0);
        assertEq(attestations.check(leaf).backed, COVERAGE);
    }

    /// @dev Coverage paid in two parts is the coverage, whatever was locked first.
    function testFuzz_SeizedInTwoPartsPaysTheCoverage(uint96 first) external {
        first = uint96(bound(first, 0, LOCK / 2)) * 2;
        Leaf memory leaf = _strip(first);
        assertEq(_seize(receipt), first);
        attestations.merge(leaf);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), LOCK - COVERAGE);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
    }

    function test_SeizedWithoutBeneficiaryPaysTheReserve() external {
        receipt.beneficiary = address(0);
        id = _id(receipt);
        Leaf memory leaf = _strip(0);
        _seize(receipt);
        attestations.merge(leaf);
        assertEq(_credit(RESERVE), LOCK);
    }

    /// @dev A liar must not free a locked leaf for the price of its bond.
    function test_FillsAfterTheBondAnswered() external {
        _leaveLockable(0);
        _anchorAlone(receipt);
        vm.warp(start + HONOUR);
        Leaf memory leaf = _anchorOne(receipt);
        vm.prank(address(protocol.slashing));
        assertEq(attestations.dishonour(receipt), COVERAGE);
        _expectMerged(leaf, LOCK, 0);
        attestations.merge(leaf);
        assertTrue(attestations.answer(id).dishonoured);
        assertEq(_seize(receipt), LOCK);
        assertEq(_credit(beneficiary), COVERAGE);
    }

    function test_NothingIsOwedWhenTheTimeToContestIsOver() external {
        _leaveLockable(0);
        _anchorAlone(receipt);
        uint256 finalAt = attestations.answer(id).finalAt;
        vm.warp(finalAt - 1 hours);
        Leaf memory leaf = _anchorOne(receipt);
        uint256 snapshot = vm.snapshotState();
        vm.warp(finalAt - 1);
        _expectMerged(leaf, LOCK, 0);
        attestations.merge(leaf);
        vm.revertToState(snapshot);
        vm.warp(finalAt);
        _expectMerged(leaf, 0, LOCK);
        attestations.merge(leaf);
        assertEq(_locked(), 0);
        _assertStatus(receipt, AnswerStatus.Expired);
    }

    /* REFUSED */

    function test_RevertWhen_MergedTwice() external {
        _anchorAlone(receipt);
        Leaf memory leaf = _anchorOne(receipt);
        vm.warp(start + 1);
        Leaf memory again = _anchorOne(receipt);
        attestations.merge(leaf);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.MergedAlready.selector, id));
        attestations.merge(leaf);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.MergedAlready.selector, id));
        attestations.merge(again);
    }

    function test_RevertWhen_TheLocksHourIsOver() external {
        Leaf memory leaf = _strip(0);
        uint256 end = _nextHour(start + WINDOW);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchLockOver.selector, batchId, end, end));
        attestations.merge(leaf);
        // The lock is there until its bucket runs out, after the end of its own time.
        vm.warp(end - 1);
        assertGt(end - 1, _lockEnd(leaf.batch));
        attestations.merge(leaf);
        assertEq(attestations.answer(id).locked, LOCK);
    }

    function test_RevertWhen_TheReceiptIsOfABatch() external {
        Leaf memory leaf = _anchorOne(receipt);
        _publish(leaf);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAnchoredAlone.selector, id));
        attestations.merge(leaf);
    }

    function test_RevertWhen_TheAnswerIsUnknown() external {
        Leaf memory leaf = _anchorOne(receipt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, id));
        attestations.merge(leaf);
    }

    function test_RevertWhen_TheBatchIsUnknown() external {
        _anchorAlone(receipt);
        Leaf memory leaf = _bare(receipt);
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchUnknown.selector, batchId));
        attestations.merge(leaf);
    }

    function test_RevertWhen_TheReceiptIsNotThere() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 2);
        _anchorAlone(receipts[1]);
        Leaf memory leaf = _leaf(batch, receipts, 1);
        leaf.index = 2;
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.ReceiptVoid.selector,
                _id(receipts[1]),
                IAttestationRegistry.LeafFault.Index,
                2,
                2
            )
        );
        attestations.merge(leaf);
    }

    /// @dev Merging frees nothing of an answer that was published from its batch, nor of a batch that ran out.
    function test_OnlyOneLeafIsFreedPerReceipt() external {
        _anchorAlone(receipt);
        CredenceReceipt[] memory twins = new CredenceReceipt[](2);
        (twins[0], twins[1]) = (receipt, receipt);
        Batch memory batch = _batchOf(twins);
        vm.prank(operator);
        attestations.anchor(batch, "");
        Leaf memory second = _leaf(batch, twins, 1);
        attestations.merge(_leaf(batch, twins, 0));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.MergedAlready.selector, id));
        attestations.merge(second);
        assertEq(_locked(), 2 * LOCK);
    }

    /* HELPERS */

    /// @dev Anchors the leaf, then the receipt alone while only `left` is lockable.
    function _strip(uint256 left) private returns (Leaf memory leaf) {
        leaf = _anchorOne(receipt);
        _leaveLockable(left);
        _anchorAlone(receipt);
        assertEq(attestations.answer(id).locked, left);
    }

    function _expectMerged(Leaf memory leaf, uint256 filled, uint256 freed) private {
        bytes32 batchId = attestations.batchIdOf(leaf.batch);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.ReceiptMerged(id, batchId, filled, freed);
    }
}
