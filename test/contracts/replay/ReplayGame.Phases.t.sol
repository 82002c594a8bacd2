// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { ReplayGame } from "../../../contracts/replay/ReplayGame.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Deploy, Parameters } from "../../setup/Deploy.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Each phase of a game and each move between them: what is told, what is kept, and until when the next one is.
contract ReplayGamePhasesTest is GameTest {
    CredenceReceipt private receipt;
    bytes32 private id;
    /// @dev What the view should say.
    IReplayGame.GameView private expected;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
    }

    /* STARTING */

    function test_GameThatWaitsForTheRoots() external {
        _note();
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerHeld(id, 1);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameOpened(1, id, challenger, operator, BOND);
        vm.expectEmit(address(game));
        emit IReplayGame.GameStarted(1, id, challenger, IReplayGame.Phase.Roots, block.timestamp + 13 hours);
        assertEq(_openGame(receipt), 1);
        _begin(IReplayGame.Phase.Roots);
        _assertGame(1);
        (address by, uint256 bond) = disputeManager.bondOf(1);
        assertEq(by, challenger);
        assertEq(bond, BOND);
        assertEq(_gain(challenger), -50 * E);
        assertEq(token.balanceOf(challenger), 10_000e18 - BOND);
        assertEq(_credit(address(disputeManager)), BOND);
        _assertStatus(receipt, AnswerStatus.Contested);
        assertEq(game.rootsPublishedAt(id), 0);
    }

    function test_GameAfterTheRoots() external {
        _publishRoots(receipt);
        skip(3 hours);
        vm.expectEmit(address(game));
        emit IReplayGame.GameStarted(1, id, challenger, IReplayGame.Phase.Choose, block.timestamp + 13 hours);
        _openGame(receipt);
        _begin(IReplayGame.Phase.Choose);
        _assertGame(1);
    }

    function test_GamesAreNumberedOverAllAnswers() external {
        CredenceReceipt memory other = _honestAnswer(2);
        assertEq(_openGame(receipt), 1);
        assertEq(_openGame(other, outsider), 2);
        assertEq(_openGame(receipt, rival), 3);
        assertEq(game.gameOf(2).receiptId, _id(other));
        assertEq(game.gameOf(2).challenger, outsider);
        assertEq(game.gameOf(3).receiptId, id);
        assertEq(game.gameOf(3).challenger, rival);
        _begin(IReplayGame.Phase.Roots);
        _assertGame(1);
        assertEq(attestations.answer(id).openCases, 2);
    }

    function test_GameThatDoesNotExistIsZeros() external {
        _assertGame(0);
        _assertGame(1);
        (address by, uint256 bond) = disputeManager.bondOf(1);
        assertEq(by, address(0));
        assertEq(bond, 0);
    }

    /* MOVES */

    function test_EveryMoveOfAGame() external {
        _openGame(receipt);
        _begin(IReplayGame.Phase.Roots);
        skip(3 hours);
        _assertRootsPublished();
        skip(4 hours);
        _assertChosen();
        skip(5 hours);
        _assertChildrenRevealed(16);
        skip(6 hours);
        _assertPicked(2, 2, 4);
        skip(7 hours);
        _assertChildrenRevealed(2);
        skip(8 hours);
        _assertPicked(1, 5, 5);
        skip(9 hours);
        _assertLeafRevealed();
        skip(10 hours);
        _assertEndsByProof();
    }

    /// @dev A tensor of one leaf is that leaf: nothing is picked.
    function test_TensorOfOneLeafIsOpenedAtOnce() external {
        _openGame(receipt);
        _publishRoots(receipt);
        bytes32 root = rootsOf[id][2];
        vm.expectEmit(address(game));
        emit IReplayGame.TensorChosen(1, 2, 1, root, block.timestamp + 13 hours);
        _choose(1, receipt, 2);
        _begin(IReplayGame.Phase.Reveal);
        (expected.tensor, expected.leaves, expected.node) = (2, 1, root);
        _assertGame(1);
        bytes memory leaf = abi.encodePacked(LARGEST, new bytes(1_023));
        vm.expectEmit(address(game));
        emit IReplayGame.LeafRevealed(1, leaf, block.timestamp + 13 hours);
        vm.prank(stranger);
        game.revealLeaf(1, leaf);
        expected.phase = IReplayGame.Phase.Prove;
        _assertGame(1);
    }

    /// @dev What the operator has to show anybody may send: itself, a friend, the challenger.
    function test_OperatorsMovesByAnybody() external {
        _openGame(receipt);
        address[4] memory senders = [operator, stranger, challenger, rival];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 snapshot = vm.snapshotState();
            _assertOpensAll(senders[i]);
            vm.revertToState(snapshot);
        }
    }

    function test_GamesOnOneAnswerMoveApart() external {
        _openGame(receipt);
        _openGame(receipt, rival);
        _publishRoots(receipt);
        _playTo(2, receipt, IReplayGame.Phase.Prove, 16);
        _begin(IReplayGame.Phase.Choose);
        _assertGame(1);
        _playTo(1, receipt, IReplayGame.Phase.Pick, 5);
        assertEq(game.gameOf(2).position, 16);
        _assertPhase(2, IReplayGame.Phase.Prove);
        assertEq(game.gameOf(1).level, 0);
    }

    /* THE CLOCK */

    function test_LastSecondOfEveryMove() external {
        _openGame(receipt);
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(game.gameOf(1).deadline, block.timestamp + 13 hours);
            skip(13 hours - 1);
            _move(1, receipt, 5);
        }
        _assertPhase(1, IReplayGame.Phase.Prove);
        skip(13 hours - 1);
        assertEq(_proveElement(receipt, lies[id].row, challenger), JUDGED_LOCK);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    /// @dev At the deadline no move counts, and the claim does; a second before it is the reverse.
    function test_RevertWhen_TheClockIsOut() external {
        _openGame(receipt);
        for (uint256 i = 0; i < 8; ++i) {
            uint256 deadline = game.gameOf(1).deadline;
            uint256 snapshot = vm.snapshotState();
            vm.warp(deadline);
            if (i > 0 && i < 7) _assertClockOut(deadline);
            _claimTimeout(1, receipt);
            _assertPhase(1, IReplayGame.Phase.Over);
            vm.revertToState(snapshot);
            vm.warp(deadline - 1);
            vm.expectRevert(abi.encodeWithSelector(IReplayGame.ClockRunning.selector, 1, deadline - 1, deadline));
            _claimTimeout(1, receipt);
            if (i < 7) _move(1, receipt, 5);
        }
    }

    function test_TimeAloneMovesNoGame() external {
        _openGame(receipt);
        _begin(IReplayGame.Phase.Roots);
        skip(365 days);
        _assertGame(1);
        _claimTimeout(1, receipt);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    /// @dev Twelve hours beyond what a censor can take.
    function test_MoveWindowIsTwelveHoursAndTheChains() external {
        assertEq(game.MOVE_WINDOW(), 13 hours);
        uint256[4] memory delays = [uint256(1), 1 hours, 12 hours, 24 hours];
        uint256[4] memory windows = [uint256(12 hours + 1), 13 hours, 24 hours, 36 hours];
        for (uint256 i = 0; i < 4; ++i) {
            address models = deployCode(
                "contracts/models/ModelRegistry.sol:ModelRegistry",
                abi.encode(protocol.access, delays[i], COVERAGE, court)
            );
            address deployed = deployCode(
                "contracts/replay/ReplayGame.sol:ReplayGame",
                abi.encode(disputeManager, attestations, models)
            );
            assertEq(ReplayGame(deployed).MOVE_WINDOW(), windows[i]);
        }
    }

    /// @dev A whole game where the sequencer may be silent for a day.
    function test_EveryMoveHasADayAndAHalfOnASlowChain() external {
        Parameters memory p = _parameters();
        (p.minWindow, p.courtConfigs) = (24 hours, new ICourt.Config[](0));
        protocol = Deploy.protocol(p, token, _shippedCode);
        (game, attestations) = (protocol.replay, protocol.attestations);
        IModelRegistry.Policy memory policy = _replayPolicy();
        policy.grounds = 1;
        CredenceReceipt memory slow = _wideReceipt(1, SEVENTEEN, _honest(), policy);
        bytes32 slowId = _id(slow);
        vm.prank(address(protocol.disputes));
        game.startGame(9, slowId, challenger);
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(game.gameOf(9).deadline, block.timestamp + 36 hours);
            skip(36 hours - 1);
            vm.expectRevert(
                abi.encodeWithSelector(IReplayGame.ClockRunning.selector, 9, block.timestamp, block.timestamp + 1)
            );
            _claimTimeout(9, slow);
            _move(9, slow, 16);
        }
        _assertPhase(9, IReplayGame.Phase.Prove);
        assertEq(game.gameOf(9).deadline, block.timestamp + 36 hours);
    }

    /* HELPERS */

    /// @dev A game of the challenger on the answer, whose move's window starts now.
    function _begin(IReplayGame.Phase phase) private {
        (expected.receiptId, expected.challenger, expected.phase) = (id, challenger, phase);
        expected.deadline = block.timestamp + 13 hours;
    }

    function _assertRootsPublished() private {
        bytes32[] memory roots = rootsOf[id];
        vm.expectEmit(address(game));
        emit IReplayGame.TensorRootsPublished(id, roots);
        _publishRoots(receipt);
        assertEq(game.rootsPublishedAt(id), block.timestamp);
        _begin(IReplayGame.Phase.Choose);
        _assertGame(1);
    }

    function _assertChosen() private {
        bytes32 root = rootsOf[id][WIDE];
        vm.expectEmit(address(game));
        emit IReplayGame.TensorChosen(1, WIDE, SEVENTEEN, root, block.timestamp + 13 hours);
        _choose(1, receipt, WIDE);
        _begin(IReplayGame.Phase.Reveal);
        (expected.tensor, expected.leaves, expected.node) = (WIDE, SEVENTEEN, root);
        _assertGame(1);
    }

    function _assertChildrenRevealed(uint256 count) private {
        bytes32[] memory children = _childrenOf(1);
        assertEq(children.length, count);
        vm.expectEmit(address(game));
        emit IReplayGame.ChildrenRevealed(1, children, block.timestamp + 13 hours);
        _revealChildren(1);
        _begin(IReplayGame.Phase.Pick);
        _assertGame(1);
    }

    function _assertPicked(uint256 child, uint256 position, uint256 level) private {
        bytes32 node = _childrenOf(1)[child];
        vm.expectEmit(address(game));
        emit IReplayGame.ChildPicked(1, position, node, block.timestamp + 13 hours);
        _pick(1, child);
        _begin(IReplayGame.Phase.Reveal);
        (expected.position, expected.level, expected.node) = (position, level, node);
        _assertGame(1);
    }

    function _assertLeafRevealed() private {
        bytes memory leaf = _leafBytes(5, SEVENTEEN, lies[id]);
        assertEq(game.gameOf(1).node, places[id][5]);
        vm.expectEmit(address(game));
        emit IReplayGame.LeafRevealed(1, leaf, block.timestamp + 13 hours);
        _revealLeaf(1);
        _begin(IReplayGame.Phase.Prove);
        _assertGame(1);
    }

    /// @dev The proof ends it: the phase stays what was played, the bond is taken out.
    function _assertEndsByProof() private {
        uint32 row = lies[id].row;
        int256 right = _element(row);
        vm.expectEmit(address(game));
        emit IReplayGame.UnitDisproven(id, challenger, 0, row, right + 1, right);
        assertEq(_proveElement(receipt, row, challenger), JUDGED_LOCK);
        _assertGame(1);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.GameBondReturned(1, challenger, BOND);
        game.withdrawBond(1);
        expected.phase = IReplayGame.Phase.Over;
        _assertGame(1);
        (address by, uint256 bond) = disputeManager.bondOf(1);
        assertEq(by, address(0));
        assertEq(bond, 0);
    }

    function _assertOpensAll(address sender) private {
        bytes32[] memory roots = rootsOf[id];
        vm.prank(sender);
        game.publishRoots(receipt, roots);
        _choose(1, receipt, WIDE);
        for (uint256 i = 0; i < 2; ++i) {
            bytes32[] memory children = _childrenOf(1);
            vm.prank(sender);
            game.revealChildren(1, children);
            _pick(1, i);
        }
        bytes memory leaf = _leafOf(1);
        vm.prank(sender);
        game.revealLeaf(1, leaf);
        _assertPhase(1, IReplayGame.Phase.Prove);
        assertEq(game.gameOf(1).position, 1);
    }

    function _assertClockOut(uint256 deadline) private {
        bytes memory reason = abi.encodeWithSelector(IReplayGame.ClockOut.selector, 1, deadline, deadline);
        IReplayGame.Phase phase = game.gameOf(1).phase;
        bytes32[] memory children =
            phase == IReplayGame.Phase.Pick || _heightOf(game.gameOf(1)) > 0 ? _childrenOf(1) : new bytes32[](0);
        IReplayGame.Trace memory trace = _trace(receipt);
        if (phase == IReplayGame.Phase.Choose || phase == IReplayGame.Phase.Pick) {
            vm.prank(challenger);
            vm.expectRevert(reason);
            if (phase == IReplayGame.Phase.Choose) game.choose(1, receipt, trace, WIDE);
            else game.pick(1, children, 0);
            return;
        }
        bytes memory leaf = new bytes(LEAF_BYTES);
        vm.expectRevert(reason);
        if (children.length > 0) game.revealChildren(1, children);
        else game.revealLeaf(1, leaf);
    }

    function _assertGame(uint256 gameId) private view {
        IReplayGame.GameView memory actual = game.gameOf(gameId);
        assertEq(actual.receiptId, expected.receiptId, "receiptId");
        assertEq(actual.challenger, expected.challenger, "challenger");
        assertEq(uint8(actual.phase), uint8(expected.phase), "phase");
        assertEq(actual.deadline, expected.deadline, "deadline");
        assertEq(actual.tensor, expected.tensor, "tensor");
        assertEq(actual.leaves, expected.leaves, "leaves");
        assertEq(actual.level, expected.level, "level");
        assertEq(actual.position, expected.position, "position");
        assertEq(actual.node, expected.node, "node");
    }
}
