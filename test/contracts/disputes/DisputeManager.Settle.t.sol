// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice What everybody has when a case is settled, to the unit.
contract DisputeManagerSettleTest is DisputeTest {
    CredenceReceipt private receipt;
    bytes32 private caseId;

    function setUp() public override {
        super.setUp();
        receipt = _judged(1);
    }

    /* OVERTURNED */

    function test_Overturned() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _skipPhase(caseId);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.RulingApplied(address(court), uint256(caseId), Ruling.Overturned);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.CaseSettled(caseId, JUDGED_LOCK, [uint256(423e18), 0, 0], 0, 0, 195e18);
        disputeManager.settle(receipt);
        _assertMoney(195 * E, -800 * E, 400 * E, 160 * E, 45 * E);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(uint8(disputeManager.caseOf(caseId).state), uint8(IDisputeManager.CaseState.Settled));
    }

    function test_OverturnedIsAFaultAndJails() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        ISlashingRegistry slashing = protocol.slashing;
        assertTrue(slashing.isSlashed(slashing.offenceIdOf(ISlashingRegistry.Offence.FalseAnswer, caseId)));
        assertEq(protocol.operators.operator(operator).jailedFrom, block.timestamp);
        assertEq(protocol.operators.operator(operator).jailedUntil, block.timestamp + 8 days);
        assertEq(uint8(protocol.operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Jailed));
    }

    function test_OverturnedWithoutABeneficiary() external {
        receipt.beneficiary = address(0);
        _begin();
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _assertMoney(195 * E, -800 * E, 0, 560 * E, 45 * E);
    }

    /// @dev Of a lock of 300 half is coverage; the penalty of 150 pays the fee and a bounty of what 60 % leave.
    function test_OverturnedWithAShortLock() external {
        _leaveLockable(300e18);
        _anchorAlone(receipt);
        _note();
        caseId = _open(receipt);
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _assertMoney(45 * E, -300 * E, 150 * E, 60 * E, 45 * E);
    }

    function test_OverturnedWithNothingLocked() external {
        _leaveLockable(0);
        _anchorAlone(receipt);
        _note();
        caseId = _open(receipt);
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _assertMoney(-45 * E, 0, 0, 0, 45 * E);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(uint8(protocol.operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Jailed));
    }

    /// @dev The operator appealed: its bond of 366 pays the opener's fee, so the bounty is half the penalty.
    function test_OverturnedAgainstAnAppeal() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _withdraw(caseId, 1, Ruling.Upheld, outsider);
        assertEq(_gain(outsider), -549 * E);
        _assertMoney(200 * E, -800 * E, 400 * E, (200 + 321) * E, 228 * E);
    }

    /// @dev Two appeals for the right ruling; the penalty pays 240 of the last fee's 600.
    function test_OverturnedByEverybody() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, rival);
        _voteAll(caseId, AT_FAULT);
        _assertPhase(caseId, ICourt.Phase.Final);
        disputeManager.settle(receipt);
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        _withdraw(caseId, 2, Ruling.Overturned, rival);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), -360 * E);
        // Half of what a seat risks, 30, and nothing of what is right.
        int256 forfeited = int256((_notAtFault(caseId, 0) + _notAtFault(caseId, 1)) * 15e18);
        _assertMoney(0, -800 * E, 400 * E, 160 * E + forfeited, 600 * E - forfeited);
    }

    /* UPHELD */

    function test_Upheld() external {
        _begin();
        _voteAll(caseId, NOT_AT_FAULT);
        _skipPhase(caseId);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerReleased(caseId, IAttestationRegistry.CaseEnd.Upheld, 0, block.timestamp);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.RulingApplied(address(court), uint256(caseId), Ruling.Upheld);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.CaseSettled(caseId, 0, [uint256(0), 0, 0], 91.5e18, 91.5e18, 0);
        disputeManager.settle(receipt);
        _assertMoney(-228 * E, 91.5e18, 0, 91.5e18, 45 * E);
        // It outlived the time to contest: final from now on.
        Confidence memory c = attestations.checkReceipt(receipt);
        assertEq(uint8(c.status), uint8(AnswerStatus.Final));
        assertEq(c.finalAt, block.timestamp);
        assertEq(c.methods, Methods.SEEN | Methods.COURT_UPHELD);
        assertEq(uint8(protocol.operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Active));
        vm.warp(_nextHour(block.timestamp));
        attestations.sweep(operator);
        assertEq(_locked(), 0);
    }

    /// @dev A panel erred and an appeal put it right: neither the operator nor who paid for it loses anything.
    function test_UpheldOnAppealCostsTheRightSideNothing() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _settle(receipt, caseId);
        _withdraw(caseId, 1, Ruling.Upheld, outsider);
        assertEq(_gain(outsider), 0);
        int256 forfeited = int256(_atFault(caseId, 0) * 15e18);
        _assertMoney(-183 * E, 0, 0, forfeited, 183 * E - forfeited);
    }

    /// @dev The bonds of 183 and 732 that asked otherwise pay a fee of 183; the rest is halved.
    function test_UpheldByEverybody() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, rival);
        _voteAll(caseId, NOT_AT_FAULT);
        disputeManager.settle(receipt);
        _withdraw(caseId, 1, Ruling.Upheld, outsider);
        _withdraw(caseId, 2, Ruling.Overturned, rival);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), -1332 * E);
        int256 forfeited = int256(_atFault(caseId, 0) * 15e18);
        _assertMoney(-183 * E, 366 * E, 0, 366 * E + forfeited, 783 * E - forfeited);
    }

    /// @dev The longest window that the court's shortest round allows, and the case that takes no second more: no answer
    /// can be contested once more, or proven false, after its case.
    function test_NoCaseEndsBeforeTheTimeToContest() external {
        IModelRegistry.Policy memory policy = _judgedPolicy();
        (policy.challengeWindow, policy.courtConfig) = (uint32(38.75 hours - HONOUR), FAST);
        receipt.modelId = _publishJudged(policy);
        uint256 start = block.timestamp;
        // Anchored alone with nothing left to lock, which leaves time to honour it; the leaf fills the lock.
        Leaf memory leaf = _anchorOne(receipt);
        _leaveLockable(0);
        caseId = _anchorAlone(receipt);
        _note();
        vm.prank(opener);
        disputeManager.open(leaf, "", "", "");
        _voteAll(caseId, NOT_AT_FAULT);
        _skipPhase(caseId);
        assertEq(block.timestamp, start + 38.75 hours);
        assertEq(attestations.answer(caseId).finalAt, block.timestamp);
        disputeManager.settle(receipt);
        _assertStatus(receipt, AnswerStatus.Final);
        // A bond of twenty fees.
        _assertMoney(-44.1e18, 21 * E, 0, 21 * E, 2.1e18);
    }

    /* UNDECIDED */

    function test_Undecided() external {
        _begin();
        _voteAll(caseId, CANNOT_DECIDE);
        _skipPhase(caseId);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerReleased(caseId, IAttestationRegistry.CaseEnd.Undecided, 0, block.timestamp);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.CaseSettled(caseId, 0, [uint256(205.5e18), 0, 0], 0, 0, 0);
        disputeManager.settle(receipt);
        _assertMoney(-22.5e18, 0, 0, 0, 22.5e18);
        _assertStatus(receipt, AnswerStatus.Undecided);
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN);
    }

    function test_UndecidedOnAppeal() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Undecided, outsider);
        _voteAll(caseId, CANNOT_DECIDE);
        _settle(receipt, caseId);
        _withdraw(caseId, 1, Ruling.Undecided, outsider);
        assertEq(_gain(outsider), -91.5e18);
        _assertMoney(-22.5e18, 0, 0, 0, 114 * E);
    }

    /// @dev Nobody came: everybody has back what it put down.
    function test_UndecidedForNobodyVoted() external {
        _begin();
        _toCommit(caseId, "seed");
        for (uint256 i = 0; i < 3; ++i) _skipPhase(caseId);
        disputeManager.settle(receipt);
        _assertMoney(0, 0, 0, 0, 0);
        _assertStatus(receipt, AnswerStatus.Undecided);
    }

    /* WHEN */

    function test_RevertWhen_SettledEarly() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        uint256 deadline = court.caseOf(caseId).deadline;
        vm.warp(deadline - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                caseId,
                ICourt.Phase.Appeal,
                ICourt.Phase.Final,
                deadline - 1,
                deadline
            )
        );
        disputeManager.settle(receipt);
        vm.warp(deadline);
        disputeManager.settle(receipt);
    }

    function test_RevertWhen_SettledTwice() external {
        _begin();
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _expectNotOpen(IDisputeManager.CaseState.Settled);
        disputeManager.settle(receipt);
        _assertMoney(195 * E, -800 * E, 400 * E, 160 * E, 45 * E);
    }

    function test_RevertWhen_ThereIsNoCase() external {
        caseId = _id(receipt);
        _expectNotOpen(IDisputeManager.CaseState.None);
        disputeManager.settle(receipt);
    }

    /* THE OPERATOR STOPS NOTHING */

    function test_JailedOperatorIsSettled() external {
        _begin();
        _jail(block.timestamp + 100 days);
        _assertSettles();
        // A new term never shortens the one that runs.
        assertGe(protocol.operators.operator(operator).jailedUntil, block.timestamp + 8 days);
    }

    function test_TombstonedOperatorIsSettled() external {
        _begin();
        _tombstone();
        _assertSettles();
    }

    function test_RetiredOperatorIsSettled() external {
        _begin();
        vm.prank(operator);
        protocol.operators.retire();
        _assertSettles();
    }

    /// @dev Nobody settles for longer than stake takes to leave: what is locked stays until somebody does.
    function test_CaseThatOutlivesUnbondingTakesItsLock() external {
        _begin();
        vm.startPrank(operator);
        vault.optOut(address(attestations));
        vault.unstake(100_000e18);
        vm.stopPrank();
        _voteAll(caseId, AT_FAULT);
        skip(100 days);
        vm.prank(operator);
        vault.withdraw();
        assertEq(vault.account(operator).unbonding, vault.account(operator).locked);
        assertEq(_locked(), JUDGED_LOCK);
        _assertStatus(receipt, AnswerStatus.Contested);
        disputeManager.settle(receipt);
        _assertMoney(195 * E, -800 * E, 400 * E, 160 * E, 45 * E);
    }

    /* HELPERS */

    function _begin() private {
        _publish(_anchorOne(receipt));
        _note();
        caseId = _open(receipt);
    }

    function _assertSettles() private {
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        _assertMoney(195 * E, -800 * E, 400 * E, 160 * E, 45 * E);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    function _expectNotOpen(IDisputeManager.CaseState actual) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeManager.CaseInState.selector, caseId, actual, IDisputeManager.CaseState.Open)
        );
    }

    /// @dev Gains, after all ballots are settled.
    function _assertMoney(
        int256 opener_,
        int256 operator_,
        int256 beneficiary_,
        int256 reserve,
        int256 jurors
    ) private {
        _claimAll(caseId);
        assertEq(_gain(opener), opener_, "opener");
        assertEq(_gain(operator), operator_, "operator");
        assertEq(_gain(beneficiary), beneficiary_, "beneficiary");
        assertEq(_gain(RESERVE), reserve, "reserve");
        assertEq(_jurorsGain() + _dust(), jurors, "jurors");
        _assertConserved();
    }
}
