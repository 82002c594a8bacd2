// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice A game and a court case on one answer: whatever takes the lock ends both, and everybody is made whole; what
/// does not take it ends itself only. The opener's case: bond 183, fee 45; the challenger's game: bond 50.
contract ReplayGameCasesTest is GameTest {
    CredenceReceipt private receipt;
    bytes32 private id;
    uint256 private finalAt;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
        finalAt = attestations.answer(id).finalAt;
        _note();
    }

    /* ARITHMETIC FIRST */

    function test_ProofInEachPhaseOfTheCase() external {
        _assertEachPhase(true);
    }

    function test_SilenceInEachPhaseOfTheCase() external {
        _assertEachPhase(false);
    }

    /// @dev The challenger's bond is not part of the case, nor the opener's of the game: each has its own back.
    function test_CaseThatIsOpenedWhileAGameHoldsTheAnswer() external {
        _openGame(receipt);
        vm.warp(finalAt - 1);
        _open(receipt);
        _assertHeld(2);
        vm.warp(game.gameOf(1).deadline);
        _assertPhase(id, ICourt.Phase.Evidence);
        _claimTimeout(1, receipt);
        _assertPhase(id, ICourt.Phase.Ended);
        assertEq(_gain(opener), 0);
        assertEq(_gain(challenger), 200 * E);
        _assertConserved();
    }

    /// @dev Who sees by a game that the request was read wrongly has no game to win: it goes to the court, while the
    /// game holds the answer and not for a second longer.
    function test_CaseMayFollowAGame() external {
        _publishRoots(receipt);
        vm.warp(finalAt - 1);
        _openGame(receipt);
        uint256 snapshot = vm.snapshotState();
        vm.warp(game.gameOf(1).deadline - 1);
        _open(receipt);
        _assertHeld(2);
        skip(1);
        _claimTimeout(1, receipt);
        _assertHeld(1);
        _voteAll(id, AT_FAULT);
        _settle(receipt, id);
        assertEq(_gain(opener), 195 * E);
        assertEq(_gain(challenger), -50 * E);
        vm.revertToState(snapshot);
        vm.warp(game.gameOf(1).deadline);
        _claimTimeout(1, receipt);
        _expectAnswerOver(block.timestamp);
        _open(receipt);
    }

    /// @dev A game that ran out and that nobody claims does not keep the court open until bought votes are mature.
    function test_RevertWhen_ACaseFollowsAGameTooLate() external {
        _publishRoots(receipt);
        vm.warp(finalAt - 1);
        _openGame(receipt);
        vm.warp(finalAt + 2 * 13 hours);
        _expectAnswerOver(finalAt + 2 * 13 hours);
        _open(receipt);
        vm.warp(finalAt + 2 * 13 hours - 1);
        _open(receipt);
        _assertHeld(2);
    }

    /// @dev A case has an end and is the only one; games would follow each other without one.
    function test_RevertWhen_AGameFollowsACase() external {
        _open(receipt);
        vm.warp(finalAt - 1);
        _openGame(receipt);
        vm.warp(finalAt);
        _expectAnswerOver(finalAt);
        _openGame(receipt, rival);
        assertEq(_gain(rival), 0);
        _assertHeld(2);
    }

    /* THE GAME IS LOST */

    /// @dev The case goes on and holds the answer alone.
    function test_LostGameFreesNothingThatACaseHolds() external {
        _publishRoots(receipt);
        _open(receipt);
        _openGame(receipt);
        skip(13 hours);
        _claimTimeout(1, receipt);
        _assertHeld(1);
        assertEq(attestations.answer(id).finalAt, finalAt);
        _assertStatus(receipt, AnswerStatus.Contested);
        assertEq(uint8(disputeManager.caseOf(id).state), uint8(IDisputeManager.CaseState.Open));
        _voteAll(id, AT_FAULT);
        _settle(receipt, id);
        _claimAll(id);
        assertEq(_gain(challenger), -50 * E);
        assertEq(_gain(opener), 195 * E);
        assertEq(_gain(operator), -775 * E);
        _assertConserved();
    }

    /// @dev The case was over before; with the game the hold ends, and the answer is final then.
    function test_GameThatOutlivesAnUpheldCase() external {
        _publishRoots(receipt);
        _openBoth(NOT_AT_FAULT);
        disputeManager.settle(receipt);
        _assertHeld(1);
        assertEq(attestations.answer(id).finalAt, finalAt);
        _assertStatus(receipt, AnswerStatus.Contested);
        skip(1 hours);
        _claimTimeout(1, receipt);
        assertEq(attestations.answer(id).finalAt, block.timestamp);
        _assertStatus(receipt, AnswerStatus.Final);
        _claimAll(id);
        assertEq(_gain(operator), 91.5e18 + 25e18);
        assertEq(_gain(challenger), -50 * E);
        assertEq(_gain(opener), -228 * E);
        _assertConserved();
    }

    /* THE COURT FIRST */

    function test_CourtOverturnsAndTheGamesBondComesBack() external {
        _openBoth(AT_FAULT);
        disputeManager.settle(receipt);
        _assertStatus(receipt, AnswerStatus.Overturned);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondReturned(1, challenger, BOND);
        vm.prank(stranger);
        game.withdrawBond(1);
        _claimAll(id);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(opener), 195 * E);
        assertEq(_gain(beneficiary), 400 * E);
        _assertConserved();
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 1, JUDGED_LOCK);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 0, 0);
    }

    /// @dev Decided by the clock and not settled yet: silence and proof come too late, and nothing of them happens.
    function test_RevertWhen_TheCourtHasOverturnedItAndNobodySettled() external {
        _openBoth(AT_FAULT);
        _expectSeized(IAttestationRegistry.LockState.InBucket);
        _claimTimeout(1, receipt);
        IReplayGame.Unit memory unit = _unit(receipt, lies[id].row);
        IReplayGame.Trace memory trace = _trace(receipt);
        _expectSeized(IAttestationRegistry.LockState.InBucket);
        game.proveUnit(receipt, trace, unit);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotOverturned.selector, id));
        game.withdrawBond(1);
        _assertStatus(receipt, AnswerStatus.Contested);
        disputeManager.settle(receipt);
        game.withdrawBond(1);
        _claimAll(id);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(opener), 195 * E);
        _assertConserved();
    }

    /// @dev What the clock has decided is applied first, opener's loss included; the game still holds the answer.
    function test_SilenceOverturnsWhatTheCourtUpheld() external {
        _openBoth(NOT_AT_FAULT);
        _claimTimeout(1, receipt);
        _assertOverturnedAfterUpholding();
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 1, JUDGED_LOCK);
    }

    function test_ProofOverturnsWhatTheCourtUpheld() external {
        _openBoth(NOT_AT_FAULT);
        _proveElement(receipt, lies[id].row, challenger);
        game.withdrawBond(1);
        _assertOverturnedAfterUpholding();
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 1, JUDGED_LOCK);
    }

    function test_SilenceOverturnsWhatWasSettledAsUpheld() external {
        _openBoth(NOT_AT_FAULT);
        disputeManager.settle(receipt);
        assertEq(_gain(operator), 91.5e18);
        _assertStatus(receipt, AnswerStatus.Contested);
        _claimTimeout(1, receipt);
        _assertOverturnedAfterUpholding();
    }

    function test_ProofOverturnsWhatWasSettledAsUpheld() external {
        _openBoth(NOT_AT_FAULT);
        disputeManager.settle(receipt);
        _proveElement(receipt, lies[id].row, challenger);
        game.withdrawBond(1);
        _assertOverturnedAfterUpholding();
    }

    function test_SilenceOverturnsWhatNobodyCouldDecide() external {
        _openBoth(CANNOT_DECIDE);
        _claimTimeout(1, receipt);
        _claimAll(id);
        _assertStatus(receipt, AnswerStatus.Overturned);
        // Half the fee is the jurors'; bonds come back.
        assertEq(_gain(opener), -22.5e18);
        assertEq(_gain(challenger), 200 * E);
        assertEq(_gain(operator), -800 * E);
        _assertConserved();
    }

    /* HELPERS */

    /// @dev Opens case and game at once and, with the operator silent in the game, lets the court decide by its clock.
    function _openBoth(uint8 choice) private {
        _open(receipt);
        _openGame(receipt);
        _assertHeld(2);
        _voteAll(id, choice);
        _skipPhase(id);
        _assertPhase(id, ICourt.Phase.Final);
    }

    function _assertEachPhase(bool byProof) private {
        ICourt.Phase[5] memory phases = [
            ICourt.Phase.Evidence,
            ICourt.Phase.Seeding,
            ICourt.Phase.Commit,
            ICourt.Phase.Reveal,
            ICourt.Phase.Appeal
        ];
        _open(receipt);
        _openGame(receipt);
        skip(13 hours);
        for (uint256 i = 0; i < phases.length; ++i) {
            _reach(phases[i]);
            uint256 snapshot = vm.snapshotState();
            if (byProof) {
                _proveElement(receipt, lies[id].row, challenger);
                game.withdrawBond(1);
            } else {
                _claimTimeout(1, receipt);
            }
            _assertAllWhole(phases[i], byProof);
            vm.revertToState(snapshot);
        }
    }

    /// @dev The next phase of the case, all jurors voting that the operator is right.
    function _reach(ICourt.Phase phase) private {
        if (phase == ICourt.Phase.Seeding || phase == ICourt.Phase.Reveal || phase == ICourt.Phase.Appeal) {
            if (phase == ICourt.Phase.Appeal) _eachJuror(false);
            _skipPhase(id);
        }
        if (phase == ICourt.Phase.Commit) {
            _seed(id, "seed");
            _eachJuror(true);
        }
        _assertPhase(id, phase);
    }

    function _eachJuror(bool committing) private {
        for (uint256 i = 0; i < holders.length; ++i) {
            (uint256 weight, ) = court.weightOf(id, holders[i]);
            if (committing && weight > 0) _commit(id, holders[i], NOT_AT_FAULT);
            (ICourt.Ballot memory ballot, ) = court.ballotOf(id, 0, holders[i]);
            if (!committing && ballot.weight > 0) _reveal(id, holders[i], NOT_AT_FAULT);
        }
    }

    function _assertAllWhole(ICourt.Phase phase, bool byProof) private {
        // Committers share half of the fee, nobody who could still reveal is paid, then all of it is spent.
        uint256 spent = 0;
        if (phase == ICourt.Phase.Commit) spent = 22.5e18;
        if (phase == ICourt.Phase.Appeal) spent = 45e18;
        _claimAll(id);
        _assertStatus(receipt, AnswerStatus.Overturned);
        _assertPhase(id, ICourt.Phase.Ended);
        uint256 bounty = 240e18 - spent < 200e18 ? 240e18 - spent : 200e18;
        assertEq(_gain(opener), 0, "opener");
        assertEq(_gain(challenger), int256(bounty), "challenger");
        assertEq(_gain(operator), -800 * E, "operator");
        assertEq(_gain(beneficiary), 400 * E, "beneficiary");
        assertEq(_jurorsGain() + _dust(), int256(spent), "jurors");
        assertEq(_gain(RESERVE), int256(400e18 - spent - bounty), "reserve");
        _assertConserved();
        _assertTally(ISlashingRegistry.Offence.Unresponsive, byProof ? 0 : 1, byProof ? 0 : JUDGED_LOCK);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, byProof ? 1 : 0, byProof ? JUDGED_LOCK : 0);
    }

    function _assertOverturnedAfterUpholding() private {
        _claimAll(id);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(uint8(disputeManager.caseOf(id).state), uint8(IDisputeManager.CaseState.Settled));
        assertEq(_gain(opener), -228 * E, "opener");
        assertEq(_gain(challenger), 200 * E, "challenger");
        assertEq(_gain(operator), -800 * E + 91.5e18, "operator");
        assertEq(_gain(beneficiary), 400 * E, "beneficiary");
        assertEq(_gain(RESERVE), 200 * E + 91.5e18, "reserve");
        assertEq(_jurorsGain() + _dust(), 45 * E, "jurors");
        _assertConserved();
    }

    function _assertHeld(uint256 openCases) private view {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(uint8(a.state), uint8(IAttestationRegistry.LockState.Held), "state");
        assertEq(a.openCases, openCases, "openCases");
    }

    function _expectAnswerOver(uint256 end) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, id, block.timestamp, end));
    }

    function _expectSeized(IAttestationRegistry.LockState expected) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                expected
            )
        );
    }
}
