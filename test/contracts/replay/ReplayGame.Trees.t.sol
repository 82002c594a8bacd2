// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Games on trees of every shape: how many exchanges, which leaves can be reached, and what is not there.
contract ReplayGameTreesTest is GameTest {
    IReplayGame.Phase private constant REVEAL = IReplayGame.Phase.Reveal;
    IReplayGame.Phase private constant PICK = IReplayGame.Phase.Pick;
    IReplayGame.Phase private constant PROVE = IReplayGame.Phase.Prove;

    CredenceReceipt private receipt;
    bytes32 private id;
    bytes32[] private children;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        start = vm.snapshotState();
    }

    /* EXCHANGES */

    function test_OneLeaf() external {
        _assertWholeGames(1, 1);
    }

    function test_TwoLeaves() external {
        _assertWholeGames(2, 2);
    }

    function test_ThreeLeaves() external {
        _assertWholeGames(3, 2);
    }

    function test_FiveLeaves() external {
        _assertWholeGames(5, 2);
    }

    function test_SixteenLeaves() external {
        _assertWholeGames(16, 2);
    }

    function test_SeventeenLeaves() external {
        _assertWholeGames(17, 3);
    }

    function test_ThirtyThreeLeaves() external {
        _assertWholeGames(33, 3);
    }

    /// @dev The most that a tensor has: seven levels, 16 and 8 children and the leaf. The byte behind its end is in the
    /// last of them.
    function test_NinetySixLeaves() external {
        _ask(96, Lie({ row: 0, wrong: false, padded: true, filled: 0 }));
        assertEq(_playTo(1, receipt, PROVE, 95), 2 * 3);
        IReplayGame.GameView memory g = game.gameOf(1);
        assertEq(g.leaves, 96);
        assertEq(g.level, 7);
        assertEq(g.position, 95);
        assertEq(g.node, places[id][95]);
        bytes memory leaf = _leafOf(1);
        bytes32[] memory proof = _siblings(places[id], 95);
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.prank(challenger);
        assertEq(game.provePadding(receipt, trace, WIDE, leaf, proof), JUDGED_LOCK);
        _assertStatus(receipt, AnswerStatus.Overturned);
        game.withdrawBond(1);
        assertEq(_gain(challenger), 200 * E);
    }

    /// @dev Other nodes on every way down.
    function test_LeavesOfATreeOf96() external {
        _ask(96, _honest());
        uint256[7] memory leaves = [uint256(0), 1, 7, 8, 63, 64, 95];
        for (uint256 i = 0; i < 7; ++i) _assertReached(leaves[i], 7);
    }

    function test_EveryLeafCanBeReached() external {
        _ask(5, _honest());
        for (uint256 leaf = 0; leaf < 5; ++leaf) _assertReached(leaf, 3);
    }

    function test_EveryLeafOfTwoStepsCanBeReached() external {
        _ask(17, _honest());
        for (uint256 leaf = 0; leaf < 17; ++leaf) _assertReached(leaf, 5);
    }

    /* MISSING LEAVES */

    function test_RevertWhen_AMissingLeafIsPicked() external {
        _ask(3, _honest());
        _assertUnpickable(3, 4);
        _ask(5, _honest());
        _assertUnpickable(5, 8);
        _ask(10, _honest());
        _assertUnpickable(10, 16);
    }

    function test_AllOfAFullTreeCanBePicked() external {
        _ask(16, _honest());
        _playTo(1, receipt, PICK, 0);
        _expectOutOfRange(16, 16);
        _pickAs(16);
        _expectOutOfRange(type(uint256).max, 16);
        _pickAs(type(uint256).max);
        _pick(1, 15);
        assertEq(game.gameOf(1).position, 15);
    }

    /// @dev Of 17 leaves the last is alone below its node: its neighbour is nothing, and so are 7 of 16 children above.
    function test_RevertWhen_AMissingSubtreeIsPicked() external {
        _ask(17, _honest());
        _assertUnpickable(9, 16);
        _pick(1, 8);
        _revealChildren(1);
        _assertUnpickable(1, 2);
        _pick(1, 0);
        assertEq(game.gameOf(1).position, 16);
        // Of 65 the last is alone among 8; of 96 it is not, and a quarter of the nodes above is missing.
        _ask(65, _honest());
        _assertUnpickable(9, 16);
        _pick(1, 8);
        _revealChildren(1);
        _assertUnpickable(1, 8);
        _pick(1, 0);
        assertEq(game.gameOf(1).position, 64);
        _ask(96, _honest());
        _assertUnpickable(12, 16);
        _pick(1, 11);
        _revealChildren(1);
        _assertUnpickable(8, 8);
        _pick(1, 7);
        assertEq(game.gameOf(1).position, 95);
    }

    /* WHAT DOES NOT BELONG THERE */

    function test_RevertWhen_AMissingLeafIsFilled() external {
        _ask(5, Lie({ row: 0, wrong: false, padded: false, filled: 7 }));
        _playTo(1, receipt, REVEAL, 0);
        _assertUnrevealable(7, places[id][7], 0);
    }

    function test_RevertWhen_TheFirstMissingLeafIsFilled() external {
        _ask(3, Lie({ row: 0, wrong: false, padded: false, filled: 3 }));
        _playTo(1, receipt, REVEAL, 0);
        _assertUnrevealable(3, places[id][3], 0);
    }

    function test_RevertWhen_AMissingSubtreeIsFilled() external {
        _ask(17, Lie({ row: 0, wrong: false, padded: false, filled: 31 }));
        _playTo(1, receipt, REVEAL, 0);
        bytes32 empty = keccak256(abi.encodePacked(uint8(3), bytes32(0), bytes32(0)));
        bytes32 filled = keccak256(abi.encodePacked(uint8(3), bytes32(0), places[id][31]));
        _assertUnrevealable(15, filled, empty);
    }

    /// @dev It is hidden below a node that has a leaf; whoever goes there finds it, whoever does not need not care.
    function test_RevertWhen_TheNeighbourOfTheLastLeafIsFilled() external {
        _ask(17, Lie({ row: 0, wrong: false, padded: false, filled: 17 }));
        uint256 snapshot = vm.snapshotState();
        _playTo(1, receipt, PROVE, 5);
        vm.revertToState(snapshot);
        _playTo(1, receipt, PICK, 16);
        _pick(1, 8);
        _assertUnrevealable(1, places[id][17], 0);
    }

    /* HELPERS */

    /// @dev As if nothing had been before: an answer and a game on it, at the challenger's choice.
    function _ask(uint256 leaves, Lie memory lie) private {
        uint256 snapshot = start;
        vm.revertToState(snapshot);
        start = snapshot;
        receipt = _answer(1, leaves, lie);
        id = _id(receipt);
        _publishRoots(receipt);
        _note();
        _openGame(receipt);
    }

    /// @dev The wrong element is the first, a middle one and the last; a game goes down to it, and it is proven.
    function _assertWholeGames(uint256 leaves, uint256 exchanges) private {
        uint256 rows = leaves * 128 - 5;
        uint256[3] memory wrong = [uint256(0), rows / 2, rows - 1];
        for (uint256 i = 0; i < 3; ++i) {
            _ask(leaves, Lie({ row: uint32(wrong[i]), wrong: true, padded: false, filled: 0 }));
            uint256 leaf = wrong[i] / 128;
            // The choice and, for each exchange, what is shown and, but for the last, what is picked.
            assertEq(_playTo(1, receipt, PROVE, leaf), 2 * exchanges, "moves");
            assertEq(game.gameOf(1).position, leaf);
            assertEq(game.gameOf(1).leaves, leaves);
            assertEq(game.gameOf(1).node, places[id][leaf]);
            assertEq(_proveElement(receipt, uint32(wrong[i]), challenger), JUDGED_LOCK);
            game.withdrawBond(1);
            assertEq(_gain(challenger), 200 * E);
            assertEq(_gain(operator), -800 * E);
            _assertStatus(receipt, AnswerStatus.Overturned);
        }
    }

    function _assertReached(uint256 leaf, uint256 depth) private {
        uint256 snapshot = vm.snapshotState();
        _playTo(1, receipt, PROVE, leaf);
        IReplayGame.GameView memory g = game.gameOf(1);
        assertEq(g.position, leaf);
        assertEq(g.level, depth);
        assertEq(g.node, places[id][leaf]);
        vm.revertToState(snapshot);
    }

    /// @dev Children from `present` on.
    function _assertUnpickable(uint256 present, uint256 count) private {
        _playTo(1, receipt, PICK, 0);
        for (uint256 child = present; child < count; ++child) {
            _expectOutOfRange(child, present);
            _pickAs(child);
        }
        _assertPhase(1, PICK);
    }

    function _expectOutOfRange(uint256 child, uint256 count) private {
        children = _childrenOf(1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ChildOutOfRange.selector, child, count));
    }

    function _pickAs(uint256 child) private {
        vm.prank(challenger);
        game.pick(1, children, child);
    }

    /// @dev The operator cannot open what it committed to, and loses by the clock.
    function _assertUnrevealable(uint256 child, bytes32 filled, bytes32 empty) private {
        bytes32[] memory opened = _childrenOf(1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.MissingChildFilled.selector, child, filled, empty));
        game.revealChildren(1, opened);
        _assertPhase(1, REVEAL);
        skip(13 hours);
        _claimTimeout(1, receipt);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(_gain(challenger), 200 * E);
    }
}
