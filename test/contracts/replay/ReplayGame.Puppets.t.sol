// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Games that the operator's friends play: lost on purpose, stalled, many. They shield nothing, make nothing
/// final early, and hold nothing for longer than their clocks. The opener is the puppet.
contract ReplayGamePuppetsTest is GameTest {
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

    /* MANY */

    /// @dev All of them are lost, and cost what they cost; the one after them wins as if it were alone.
    function test_ThreeHundredLostGamesAndAnHonestOne() external {
        token.transfer(opener, 20_000e18);
        _note();
        _publishRoots(receipt);
        for (uint256 i = 0; i < 300; ++i) _openGame(receipt, opener);
        uint256 honest = _openGame(receipt);
        assertEq(honest, 301);
        assertEq(attestations.answer(id).openCases, 301);
        skip(11 hours);
        _playTo(honest, receipt, IReplayGame.Phase.Pick, 5);
        skip(2 hours);
        for (uint256 gameId = 1; gameId <= 300; ++gameId) _claimTimeout(gameId, receipt);
        assertEq(attestations.answer(id).openCases, 1);
        assertEq(_gain(opener), -300 * 50 * E);
        assertEq(_gain(operator), 300 * 25 * E);
        _assertStatus(receipt, AnswerStatus.Contested);
        _playTo(honest, receipt, IReplayGame.Phase.Prove, 5);
        assertEq(_proveElement(receipt, lies[id].row, challenger), JUDGED_LOCK);
        game.withdrawBond(honest);
        assertEq(_gain(challenger), 200 * E);
        assertEq(_gain(beneficiary), 400 * E);
        // Together they have lost half of each bond beside the lock.
        assertEq(_gain(operator) + _gain(opener), -800 * E - 300 * 25 * E);
        _assertConserved();
    }

    /// @dev The operator answers none of 301 games: one claim ends all, and puppets have their bonds back.
    function test_ThreeHundredStalledGamesAndAnHonestOne() external {
        token.transfer(opener, 20_000e18);
        _note();
        for (uint256 i = 0; i < 300; ++i) _openGame(receipt, opener);
        uint256 honest = _openGame(receipt);
        skip(13 hours);
        _claimTimeout(honest, receipt);
        assertEq(_gain(challenger), 200 * E);
        for (uint256 gameId = 1; gameId <= 300; ++gameId) game.withdrawBond(gameId);
        assertEq(_gain(opener), 0);
        assertEq(_gain(operator), -800 * E);
        _assertConserved();
    }

    /* TWO AT ONCE */

    function test_PuppetLosesOnPurposeAndTheHonestOneWins() external {
        uint256 puppet = _openGame(receipt, opener);
        uint256 honest = _openGame(receipt);
        _publishRoots(receipt);
        _playTo(honest, receipt, IReplayGame.Phase.Reveal, 5);
        skip(13 hours);
        _claimTimeout(puppet, receipt);
        _assertHeld(1, finalAt);
        // The operator has not opened the node either.
        _claimTimeout(honest, receipt);
        assertEq(_gain(challenger), 200 * E);
        assertEq(_gain(opener), -50 * E);
        assertEq(_gain(operator), -775 * E);
        assertEq(_gain(RESERVE), 225 * E);
        _assertConserved();
        // What was lost before is lost.
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameNotOpen.selector, puppet, IReplayGame.Phase.Over));
        game.withdrawBond(puppet);
    }

    function test_PuppetStallsAndTheHonestOneWins() external {
        uint256 puppet = _openGame(receipt, opener);
        uint256 honest = _openGame(receipt);
        _publishRoots(receipt);
        _playTo(honest, receipt, IReplayGame.Phase.Prove, 5);
        _proveElement(receipt, lies[id].row, challenger);
        assertEq(_credit(address(disputeManager)), 2 * BOND);
        game.withdrawBond(puppet);
        game.withdrawBond(honest);
        assertEq(_gain(challenger), 200 * E);
        assertEq(_gain(opener), 0);
        assertEq(_gain(operator), -800 * E);
        _assertConserved();
    }

    /// @dev The operator is silent to all, and its friend claims first: coverage and half of the penalty are lost all
    /// the same, and the honest challenger loses nothing.
    function test_PuppetIsWonAgainstAndTheHonestOneIsWhole() external {
        uint256 puppet = _openGame(receipt, opener);
        skip(6 hours);
        uint256 honest = _openGame(receipt);
        skip(7 hours);
        _claimTimeout(puppet, receipt);
        game.withdrawBond(honest);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(beneficiary), 400 * E);
        assertEq(_gain(operator) + _gain(opener), -600 * E);
        _assertConserved();
    }

    /// @dev Both are honest and right; who claims first has the bounty, the other loses nothing.
    function test_TwoHonestOnes() external {
        _openGame(receipt);
        _openGame(receipt, rival);
        skip(13 hours);
        _claimTimeout(2, receipt);
        assertEq(_gain(rival), 200 * E);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        _claimTimeout(1, receipt);
        game.withdrawBond(1);
        assertEq(_gain(challenger), 0);
        _assertConserved();
    }

    /// @dev An honest operator answers all; each challenger loses by itself.
    function test_HonestOperatorWinsAllGames() external {
        CredenceReceipt memory right = _honestAnswer(2);
        _publishRoots(right);
        _note();
        address[3] memory all = [opener, challenger, rival];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 gameId = _openGame(right, all[i]);
            _playTo(gameId, right, IReplayGame.Phase.Prove, i * 8);
        }
        IReplayGame.Unit memory unit = _unit(right, 77);
        IReplayGame.Trace memory trace = _trace(right);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.UnitHolds.selector, 0, 77, _element(77)));
        game.proveUnit(right, trace, unit);
        skip(13 hours);
        for (uint256 gameId = 1; gameId < 4; ++gameId) _claimTimeout(gameId, right);
        assertEq(_gain(operator), 75 * E);
        assertEq(_gain(RESERVE), 75 * E);
        assertEq(_gain(opener) + _gain(challenger) + _gain(rival), -150 * E);
        _assertConserved();
        skip(1 days);
        _assertStatus(right, AnswerStatus.Final);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 0, 0);
    }

    /* TIME */

    /// @dev Lost half a day before the time to contest is over: it is not over sooner.
    function test_PuppetMakesNothingFinalEarly() external {
        _publishRoots(receipt);
        uint256 puppet = _openGame(receipt, opener);
        skip(13 hours);
        _claimTimeout(puppet, receipt);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(finalAt - 1);
        _assertStatus(receipt, AnswerStatus.Pending);
        assertEq(_proveElement(receipt, lies[id].row, challenger), JUDGED_LOCK);
    }

    /// @dev Opened in the last second, each move in its last second: eight windows, then it is final, or, as the lock
    /// was held, overturned in the meantime.
    function test_PuppetHoldsForItsClocksAndNoLonger() external {
        vm.warp(finalAt - 1);
        uint256 puppet = _openGame(receipt, opener);
        for (uint256 i = 0; i < 7; ++i) {
            skip(13 hours - 1);
            _move(puppet, receipt, 5);
            _assertStatus(receipt, AnswerStatus.Contested);
        }
        skip(13 hours);
        uint256 end = finalAt - 1 + 7 * (13 hours - 1) + 13 hours;
        assertEq(block.timestamp, end);
        uint256 snapshot = vm.snapshotState();
        _claimTimeout(puppet, receipt);
        assertEq(attestations.answer(id).finalAt, end);
        _assertStatus(receipt, AnswerStatus.Final);
        _expectOver(end);
        _openGame(receipt, rival);
        vm.revertToState(snapshot);
        // Held is contestable: by a proof, not by new games.
        _expectOver(finalAt);
        _openGame(receipt, rival);
        assertEq(_proveElement(receipt, lies[id].row, challenger), JUDGED_LOCK);
    }

    function test_RevertWhen_AGameComesAfterTheTimeToContest() external {
        vm.warp(finalAt - 1);
        _openGame(receipt, opener);
        vm.warp(finalAt);
        _expectOver(finalAt);
        _openGame(receipt);
        _assertHeld(1, finalAt);
        assertEq(_gain(challenger), 0);
    }

    /// @dev Of several games the last to end moves the time, and only if it is over by then.
    function test_LastGameThatEndsMovesTheTime() external {
        _publishRoots(receipt);
        _openGame(receipt, opener);
        vm.warp(finalAt - 2);
        _openGame(receipt, outsider);
        skip(1);
        _openGame(receipt, rival);
        _claimTimeout(1, receipt);
        _assertHeld(2, finalAt);
        vm.warp(finalAt + 13 hours - 1);
        _claimTimeout(3, receipt);
        _assertHeld(1, finalAt);
        skip(5 hours);
        _assertStatus(receipt, AnswerStatus.Contested);
        _claimTimeout(2, receipt);
        assertEq(attestations.answer(id).finalAt, block.timestamp);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /// @dev A game on one answer holds no other, and its end frees no other.
    function test_GameHoldsItsAnswerOnly() external {
        CredenceReceipt memory other = _honestAnswer(2);
        uint256 locked = _locked();
        _openGame(receipt, opener);
        _openGame(other, opener);
        _publishRoots(receipt);
        skip(13 hours);
        _claimTimeout(1, receipt);
        _assertStatus(other, AnswerStatus.Contested);
        assertEq(attestations.answer(_id(other)).openCases, 1);
        skip(2 days);
        attestations.sweep(operator);
        assertEq(_locked(), locked - JUDGED_LOCK);
        _claimTimeout(2, other);
        assertEq(_locked(), 0);
        assertEq(_gain(beneficiary), 400 * E);
    }

    /* HELPERS */

    function _assertHeld(uint256 openCases, uint256 end) private view {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(uint8(a.state), uint8(IAttestationRegistry.LockState.Held), "state");
        assertEq(a.openCases, openCases, "openCases");
        assertEq(a.finalAt, end, "finalAt");
    }

    /// @dev The time to contest is over since `end`.
    function _expectOver(uint256 end) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, id, block.timestamp, end));
    }
}
