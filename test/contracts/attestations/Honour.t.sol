// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { AnswerStatus, Confidence } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract HonourTest is AnswerTest {
    uint256 private constant SHORT = 6e18;

    CredenceReceipt private receipt;
    bytes32 private id;
    uint256 private publishedAt;

    function setUp() public override {
        super.setUp();
        _leaveLockable(SHORT);
        receipt = _receipt(1);
        id = _anchorAlone(receipt);
        publishedAt = block.timestamp;
    }

    function test_AnybodyMakesTheLockWhole() external {
        _stake(operator, 1_000e18);
        uint256 before = _locked();
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.LockFilled(id, operator, LOCK - SHORT);
        vm.prank(stranger);
        attestations.honour(receipt);
        assertEq(_locked(), before + LOCK - SHORT);
        Confidence memory c = attestations.checkReceipt(receipt);
        assertEq(c.backed, COVERAGE);
        assertEq(c.payableNow, COVERAGE);
        assertEq(c.finalAt, publishedAt + WINDOW + HONOUR);
        vm.warp(c.finalAt - 1);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(c.finalAt);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    function test_LockIsFreeAfterItsWindow() external {
        _stake(operator, 1_000e18);
        attestations.honour(receipt);
        vm.warp(_nextHour(publishedAt + WINDOW + HONOUR));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_NotAllCanBeLocked() external {
        // 90 % of it are lockable; twice 7e18 are missing.
        _stake(operator, 15e18);
        uint256 before = _locked();
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.CannotHonour.selector, id, 13.5e18, LOCK - SHORT));
        attestations.honour(receipt);
        assertEq(_locked(), before);
        assertEq(attestations.answer(id).locked, SHORT);
        _stake(operator, 1e18);
        attestations.honour(receipt);
        assertEq(attestations.answer(id).locked, LOCK);
    }

    function test_RevertWhen_TheExposureCapIsTooLow() external {
        _stake(operator, 100_000e18);
        // Left of the cap of 100,000: what the other lock of setUp does not take.
        attestations.honour(receipt);
        CredenceReceipt memory other = _receipt(2);
        other.coverage = uint96(attestations.lockable(operator));
        uint256 missing = other.coverage;
        bytes32 otherId = _anchorAlone(other);
        _stake(operator, 100_000e18);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.CannotHonour.selector, otherId, 0, missing));
        attestations.honour(other);
        vm.prank(operator);
        protocol.operators.setExposureCap(type(uint96).max);
        attestations.honour(other);
    }

    function test_RevertWhen_TheHonourWindowIsOver() external {
        _stake(operator, 1_000e18);
        uint256 until = publishedAt + HONOUR;
        vm.warp(until);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.HonourTime.selector, id, until, publishedAt, until)
        );
        attestations.honour(receipt);
        vm.warp(until - 1);
        attestations.honour(receipt);
    }

    function test_RevertWhen_NothingIsMissing() external {
        _stake(operator, 1_000e18);
        attestations.honour(receipt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.LockWhole.selector, id));
        attestations.honour(receipt);
    }

    function test_RevertWhen_TheAnswerWasOverturned() external {
        _stake(operator, 1_000e18);
        _seize(receipt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        attestations.honour(receipt);
    }

    function test_RevertWhen_TheReceiptIsOfABatch() external {
        _stake(operator, 1_000e18);
        CredenceReceipt memory other = _published(2);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAnchoredAlone.selector, _id(other)));
        attestations.honour(other);
    }

    function test_RevertWhen_TheAnswerIsUnknown() external {
        CredenceReceipt memory other = _receipt(2);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, _id(other)));
        attestations.honour(other);
    }

    function test_FillsALockThatIsHeld() external {
        _hold(receipt);
        _stake(operator, 1_000e18);
        attestations.honour(receipt);
        assertEq(attestations.checkReceipt(receipt).payableNow, COVERAGE);
        _seize(receipt);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), LOCK - COVERAGE);
    }

    function test_FilledLockReturnsWholeToItsBucket() external {
        uint256 before = _locked();
        _hold(receipt);
        _stake(operator, 1_000e18);
        attestations.honour(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        assertEq(_locked(), before + LOCK - SHORT);
        vm.warp(_nextHour(publishedAt + WINDOW + HONOUR));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    /* DISHONOUR */

    function test_DishonouredFromTheEndOfTheHonourWindowFor7Days() external {
        uint256 from = publishedAt + HONOUR;
        vm.warp(from - 1);
        _expectHonourTime(from - 1, from);
        vm.warp(from + 7 days);
        _expectHonourTime(from + 7 days, from);
        vm.warp(from + 7 days - 1);
        _dishonour();
    }

    function test_DishonouredMarksTheMissingCoverageOnce() external {
        vm.warp(publishedAt + HONOUR);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerDishonoured(id, operator, COVERAGE - SHORT / 2);
        assertEq(_dishonour(), COVERAGE - SHORT / 2);
        assertTrue(attestations.answer(id).dishonoured);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.DishonouredAlready.selector, id));
        _dishonour();
    }

    function test_DishonouredAtOnceWhenOverturned() external {
        _seize(receipt);
        assertEq(_dishonour(), COVERAGE - SHORT / 2);
    }

    function test_OverturnedIsDishonouredForNoLongerThanOthers() external {
        _seize(receipt);
        uint256 until = publishedAt + HONOUR + 7 days;
        vm.warp(until);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.HonourTime.selector, id, until, publishedAt, until)
        );
        _dishonour();
    }

    function test_RevertWhen_HonouredIsCalledDishonoured() external {
        _stake(operator, 1_000e18);
        attestations.honour(receipt);
        vm.warp(publishedAt + HONOUR);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.LockWhole.selector, id));
        _dishonour();
    }

    function test_RevertWhen_DishonouringAnotherKindOfAnswer() external {
        _stake(operator, 1_000e18);
        CredenceReceipt memory other = _published(2);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAnchoredAlone.selector, _id(other)));
        vm.prank(address(protocol.slashing));
        attestations.dishonour(other);
    }

    function test_RevertWhen_CallerIsNotTheSlashingRegistry() external {
        vm.warp(publishedAt + HONOUR);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.NotSlashingRegistry.selector,
                disputes,
                address(protocol.slashing)
            )
        );
        vm.prank(disputes);
        attestations.dishonour(receipt);
    }

    /// @dev Rounded up, against the operator: coverage + missing is never below what was promised.
    function testFuzz_MissingCoverageIsWhatIsNotBacked(uint96 locked) external {
        locked = uint96(bound(locked, 0, LOCK - 2));
        locked -= locked % 2;
        vm.warp(publishedAt + 15 hours); // all is free again
        attestations.sweep(operator);
        _leaveLockable(locked);
        CredenceReceipt memory other = _receipt(3);
        _anchorAlone(other);
        vm.warp(block.timestamp + HONOUR);
        uint256 backed = attestations.checkReceipt(other).backed;
        vm.prank(address(protocol.slashing));
        assertEq(attestations.dishonour(other), COVERAGE - backed);
    }

    function _dishonour() private returns (uint256) {
        vm.prank(address(protocol.slashing));
        return attestations.dishonour(receipt);
    }

    function _expectHonourTime(uint256 actual, uint256 from) private {
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.HonourTime.selector, id, actual, from, from + 7 days)
        );
        _dishonour();
    }
}
