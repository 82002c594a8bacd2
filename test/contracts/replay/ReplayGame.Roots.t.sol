// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice The roots of an answer: published once, by anybody, for all games on it that are still in time.
contract ReplayGameRootsTest is GameTest {
    CredenceReceipt private receipt;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
    }

    /// @dev Not even an answer has to be there: the operator may be early.
    function test_BeforeTheAnswerIsAnchored() external {
        CredenceReceipt memory early = _wideReceipt(2, SEVENTEEN, _honest(), _replayPolicy());
        _publishRoots(early);
        assertEq(game.rootsPublishedAt(_id(early)), block.timestamp);
        skip(1 hours);
        early.issuedAt += 1;
        assertEq(game.rootsPublishedAt(_id(early)), 0);
    }

    function test_GamesThatComeLaterStartWithTheChoice() external {
        _publishRoots(receipt);
        skip(20 hours);
        for (uint256 gameId = 1; gameId < 4; ++gameId) {
            _openGame(receipt);
            _assertTurn(gameId, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
            skip(1 hours);
        }
    }

    function test_InTheSecondOfTheOpening() external {
        _openGame(receipt);
        _publishRoots(receipt);
        _openGame(receipt, rival);
        _assertTurn(1, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
        _assertTurn(2, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
    }

    /// @dev Whenever they were opened, all of them have a whole window from the publication on.
    function test_AllGamesThatWaitHaveAWholeWindow() external {
        for (uint256 gameId = 1; gameId < 4; ++gameId) {
            _openGame(receipt);
            _assertTurn(gameId, IReplayGame.Phase.Roots, block.timestamp + 13 hours);
            skip(3 hours);
        }
        _publishRoots(receipt);
        uint256 deadline = block.timestamp + 13 hours;
        skip(13 hours - 1);
        for (uint256 gameId = 1; gameId < 4; ++gameId) {
            _assertTurn(gameId, IReplayGame.Phase.Choose, deadline);
            _choose(gameId, receipt, WIDE);
            _assertTurn(gameId, IReplayGame.Phase.Reveal, deadline + 13 hours - 1);
        }
    }

    function test_RevertWhen_PublishedTwice() external {
        _publishRoots(receipt);
        skip(1 hours);
        _openGame(receipt);
        bytes32[] memory roots = rootsOf[id];
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.RootsPublished.selector, id));
        game.publishRoots(receipt, roots);
        assertEq(game.rootsPublishedAt(id), block.timestamp - 1 hours);
        // Each answer has its own, though they say the same.
        CredenceReceipt memory twin = _wrongAnswer(2);
        assertEq(twin.traceRoot, receipt.traceRoot);
        _openGame(twin, rival);
        _assertTurn(2, IReplayGame.Phase.Roots, block.timestamp + 13 hours);
        _publishRoots(twin);
        _assertTurn(2, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
    }

    function test_InTheLastSecond() external {
        _openGame(receipt);
        skip(13 hours - 1);
        _publishRoots(receipt);
        _assertTurn(1, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
        skip(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReplayGame.ClockRunning.selector,
                1,
                block.timestamp,
                block.timestamp + 13 hours - 1
            )
        );
        _claimTimeout(1, receipt);
    }

    /// @dev A second too late for one game, in time for the next: the first is won all the same.
    function test_ASecondTooLate() external {
        _note();
        _openGame(receipt);
        uint256 deadline = block.timestamp + 13 hours;
        skip(1);
        _openGame(receipt, rival);
        vm.warp(deadline);
        _publishRoots(receipt);
        _assertTurn(1, IReplayGame.Phase.Roots, deadline);
        _assertTurn(2, IReplayGame.Phase.Choose, deadline + 13 hours);
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.prank(challenger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReplayGame.GameInPhase.selector,
                1,
                IReplayGame.Phase.Roots,
                IReplayGame.Phase.Choose
            )
        );
        game.choose(1, receipt, trace, WIDE);
        skip(100 hours);
        vm.expectEmit(address(game));
        emit IReplayGame.ClockClaimed(1, id, true);
        _claimTimeout(1, receipt);
        assertEq(_gain(challenger), 200 * E);
        _assertStatus(receipt, AnswerStatus.Overturned);
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 1, JUDGED_LOCK);
        // The other game's own clock had run out as well; the answer is gone, and its bond comes back.
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.Held
            )
        );
        _claimTimeout(2, receipt);
        game.withdrawBond(2);
        assertEq(_gain(rival), 0);
        _assertConserved();
    }

    /// @dev Three that are too late, two in time: who is first of the three ends all.
    function test_SeveralGamesWhoseClockHasRunOut() external {
        _note();
        address[5] memory all = [opener, outsider, challenger, rival, opener];
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(start + i * 4 hours);
            _openGame(receipt, all[i]);
        }
        vm.warp(start + 21 hours);
        _publishRoots(receipt);
        for (uint256 i = 0; i < 5; ++i) {
            IReplayGame.Phase phase = i < 3 ? IReplayGame.Phase.Roots : IReplayGame.Phase.Choose;
            _assertTurn(i + 1, phase, i < 3 ? start + i * 4 hours + 13 hours : block.timestamp + 13 hours);
        }
        _claimTimeout(3, receipt);
        for (uint256 gameId = 1; gameId < 6; ++gameId) if (gameId != 3) game.withdrawBond(gameId);
        assertEq(_gain(challenger), 200 * E);
        assertEq(_gain(opener), 0);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), 0);
        _assertConserved();
    }

    /// @dev Roots that were published too late for some are there for games to come.
    function test_TooLateForOneAndThereForTheNext() external {
        _openGame(receipt);
        skip(13 hours);
        _publishRoots(receipt);
        skip(5 hours);
        _openGame(receipt, rival);
        _assertTurn(2, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
        _playTo(2, receipt, IReplayGame.Phase.Prove, 5);
    }

    function _assertTurn(uint256 gameId, IReplayGame.Phase phase, uint256 deadline) private view {
        _assertPhase(gameId, phase);
        assertEq(game.gameOf(gameId).deadline, deadline, "deadline");
    }
}
