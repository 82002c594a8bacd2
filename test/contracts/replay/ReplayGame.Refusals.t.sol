// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice What is no move: each call in each phase that is not its own, by whom it is not for, with what does not fit.
/// None of them leaves anything.
contract ReplayGameRefusalsTest is GameTest {
    IReplayGame.Phase private constant CHOOSE = IReplayGame.Phase.Choose;
    IReplayGame.Phase private constant REVEAL = IReplayGame.Phase.Reveal;
    IReplayGame.Phase private constant PICK = IReplayGame.Phase.Pick;
    IReplayGame.Phase private constant PROVE = IReplayGame.Phase.Prove;

    CredenceReceipt private receipt;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
        _openGame(receipt);
        _note();
    }

    /* THE WRONG TURN */

    function test_RevertWhen_ThereIsNoGame() external {
        _assertNoMove(2, IReplayGame.Phase.None);
        _assertNoEnd(2, IReplayGame.Phase.None);
    }

    function test_RevertWhen_TheRootsAreMissing() external {
        _assertNoMove(1, IReplayGame.Phase.Roots);
        _assertNotEnded();
    }

    function test_RevertWhen_TheChallengerChooses() external {
        _playTo(1, receipt, CHOOSE, 5);
        _assertNoMove(1, CHOOSE);
        _assertNotEnded();
        bytes32[] memory roots = rootsOf[id];
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.RootsPublished.selector, id));
        game.publishRoots(receipt, roots);
    }

    function test_RevertWhen_TheOperatorReveals() external {
        _playTo(1, receipt, REVEAL, 5);
        _assertNoMove(1, REVEAL);
        _assertNotEnded();
    }

    function test_RevertWhen_TheChallengerPicks() external {
        _playTo(1, receipt, PICK, 5);
        _assertNoMove(1, PICK);
        _assertNotEnded();
    }

    function test_RevertWhen_TheChallengerProves() external {
        _playTo(1, receipt, PROVE, 5);
        _assertNoMove(1, PROVE);
        _assertNotEnded();
    }

    function test_RevertWhen_TheGameIsOver() external {
        vm.warp(game.gameOf(1).deadline);
        _claimTimeout(1, receipt);
        _assertNoMove(1, IReplayGame.Phase.Over);
        _assertNoEnd(1, IReplayGame.Phase.Over);
    }

    /* WHOSE MOVE */

    function test_RevertWhen_AnotherMovesForTheChallenger() external {
        address[5] memory others = [operator, rival, stranger, beneficiary, address(disputeManager)];
        IReplayGame.Trace memory trace = _trace(receipt);
        _playTo(1, receipt, CHOOSE, 5);
        for (uint256 i = 0; i < 5; ++i) {
            _expectNotChallenger(others[i]);
            game.choose(1, receipt, trace, WIDE);
        }
        _playTo(1, receipt, PICK, 5);
        bytes32[] memory children = _childrenOf(1);
        for (uint256 i = 0; i < 5; ++i) {
            _expectNotChallenger(others[i]);
            game.pick(1, children, 2);
        }
        _assertUnmoved(PICK);
    }

    /// @dev Being the challenger of one game is nothing in another.
    function test_RevertWhen_TheChallengerOfAnotherGameMoves() external {
        _openGame(receipt, rival);
        _publishRoots(receipt);
        IReplayGame.Trace memory trace = _trace(receipt);
        _expectNotChallenger(rival);
        game.choose(1, receipt, trace, WIDE);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotChallenger.selector, 2, challenger, rival));
        vm.prank(challenger);
        game.choose(2, receipt, trace, WIDE);
    }

    function testFuzz_RevertWhen_AnyoneStartsAGame(address caller) external {
        vm.assume(caller != disputes);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotDisputeManager.selector, caller, disputes));
        vm.prank(caller);
        game.startGame(2, id, caller);
        _assertPhase(2, IReplayGame.Phase.None);
    }

    function test_RevertWhen_TheGameExists() external {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameExists.selector, 1));
        vm.prank(disputes);
        game.startGame(1, id, rival);
        vm.warp(game.gameOf(1).deadline);
        _claimTimeout(1, receipt);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameExists.selector, 1));
        vm.prank(disputes);
        game.startGame(1, id, rival);
        assertEq(_challengerOf(1), challenger);
    }

    /* ANOTHER RECEIPT, ANOTHER TRACE */

    /// @dev Another answer with the very same trace is another answer.
    function test_RevertWhen_TheReceiptIsAnothers() external {
        CredenceReceipt memory other = _wrongAnswer(2);
        assertEq(other.traceRoot, receipt.traceRoot);
        bytes memory reason = abi.encodeWithSelector(IReplayGame.GameOfAnother.selector, 1, _id(other), id);
        _playTo(1, receipt, CHOOSE, 5);
        IReplayGame.Trace memory trace = _trace(other);
        vm.expectRevert(reason);
        vm.prank(challenger);
        game.choose(1, other, trace, WIDE);
        _assertUnmoved(CHOOSE);
        vm.warp(game.gameOf(1).deadline);
        vm.expectRevert(reason);
        _claimTimeout(1, other);
        _assertUnmoved(CHOOSE);
        assertEq(attestations.answer(_id(other)).openCases, 0);
    }

    function test_RevertWhen_RootsAreNotTheReceipts() external {
        bytes32[] memory roots = rootsOf[id];
        (roots[0], roots[1]) = (roots[1], roots[0]);
        _expectTraceMismatch(roots);
        game.publishRoots(receipt, roots);
        _expectTraceMismatch(new bytes32[](0));
        game.publishRoots(receipt, new bytes32[](0));
        assertEq(game.rootsPublishedAt(id), 0);
        _assertUnmoved(IReplayGame.Phase.Roots);
        _playTo(1, receipt, CHOOSE, 5);
        IReplayGame.Trace memory trace = _trace(receipt);
        trace.roots = roots;
        _expectTraceMismatch(roots);
        vm.prank(challenger);
        game.choose(1, receipt, trace, WIDE);
        _assertUnmoved(CHOOSE);
    }

    function test_RevertWhen_TheGraphIsNotTheModels() external {
        _playTo(1, receipt, CHOOSE, 5);
        IReplayGame.Trace memory trace = _trace(receipt);
        (trace.tensors, trace.ops) = _wideGraph(1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GraphMismatch.selector, _specHashOf(1), _specHashOf(17)));
        vm.prank(challenger);
        game.choose(1, receipt, trace, WIDE);
        _assertUnmoved(CHOOSE);
    }

    /// @dev Two roots for three tensors: a fault that anybody proves, and nothing to play about.
    function test_RevertWhen_RootsAreFewerThanTensors() external {
        CredenceReceipt memory short = _receiptOfTwoRoots();
        uint256 gameId = _openGame(short);
        _publishRoots(short);
        IReplayGame.Trace memory trace = _trace(short);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.RootCountMismatch.selector, 2, 3));
        vm.prank(challenger);
        game.choose(gameId, short, trace, WIDE);
        vm.prank(challenger);
        assertEq(game.proveRootCount(short, trace), JUDGED_LOCK);
    }

    /// @dev No graph has more than 256 operators; that many roots and one are published, though this graph has fewer.
    function test_RevertWhen_RootsAreMoreThanAnyGraphHas() external {
        CredenceReceipt memory long = receipt;
        bytes32[] memory roots = new bytes32[](258);
        long.traceRoot = keccak256(abi.encode(roots));
        bytes32 longId = _id(long);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TooManyRoots.selector, 258, 257));
        game.publishRoots(long, roots);
        assertEq(game.rootsPublishedAt(longId), 0);
        roots = new bytes32[](257);
        long.traceRoot = keccak256(abi.encode(roots));
        game.publishRoots(long, roots);
        assertEq(game.rootsPublishedAt(_id(long)), block.timestamp);
    }

    function test_RevertWhen_TheTensorIsTheInputOrNone() external {
        _playTo(1, receipt, CHOOSE, 5);
        IReplayGame.Trace memory trace = _trace(receipt);
        uint16[3] memory wrong = [uint16(0), 3, type(uint16).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IReplayGame.TensorOutOfRange.selector, wrong[i], 1, 2));
            vm.prank(challenger);
            game.choose(1, receipt, trace, wrong[i]);
        }
        _assertUnmoved(CHOOSE);
    }

    /* WHAT DOES NOT FIT THE NODE */

    function test_RevertWhen_ChildrenAreNotTheNodes() external {
        _playTo(1, receipt, REVEAL, 5);
        bytes32 node = game.gameOf(1).node;
        bytes32[] memory children = _childrenOf(1);
        (children[3], children[4]) = (children[4], children[3]);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NodeMismatch.selector, _fold(children), node));
        game.revealChildren(1, children);
        _assertUnmoved(REVEAL);
        _revealChildren(1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NodeMismatch.selector, _fold(children), node));
        vm.prank(challenger);
        game.pick(1, children, 3);
        _assertUnmoved(PICK);
    }

    function test_RevertWhen_ChildrenAreTooFewOrTooMany() external {
        _playTo(1, receipt, REVEAL, 5);
        uint256[5] memory counts = [uint256(0), 1, 15, 17, 32];
        for (uint256 i = 0; i < 5; ++i) {
            _expectLength(counts[i], 16);
            game.revealChildren(1, new bytes32[](counts[i]));
        }
        _revealChildren(1);
        for (uint256 i = 0; i < 5; ++i) {
            _expectLength(counts[i], 16);
            vm.prank(challenger);
            game.pick(1, new bytes32[](counts[i]), 0);
        }
        _pick(1, 2);
        _expectLength(16, 2);
        game.revealChildren(1, new bytes32[](16));
        _assertUnmoved(REVEAL);
    }

    function test_RevertWhen_TheLeafIsNotTheNode() external {
        _playToLeaf();
        bytes32 node = game.gameOf(1).node;
        bytes memory other = _leafBytes(6, SEVENTEEN, lies[id]);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NodeMismatch.selector, _leafHash(WIDE, 5, other), node));
        game.revealLeaf(1, other);
        bytes memory flipped = _leafOf(1);
        flipped[1_023] ^= 0x01;
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NodeMismatch.selector, _leafHash(WIDE, 5, flipped), node));
        game.revealLeaf(1, flipped);
        _assertUnmoved(REVEAL);
    }

    function test_RevertWhen_TheLeafIsTooShortOrTooLong() external {
        _playToLeaf();
        uint256[4] memory lengths = [uint256(0), 1_023, 1_025, 2_048];
        for (uint256 i = 0; i < 4; ++i) {
            _expectLength(lengths[i], 1_024);
            game.revealLeaf(1, new bytes(lengths[i]));
        }
        _assertUnmoved(REVEAL);
    }

    function test_RevertWhen_LevelsAreLeftOrNone() external {
        _playTo(1, receipt, REVEAL, 5);
        bytes memory leaf = _leafBytes(5, SEVENTEEN, lies[id]);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LevelsLeft.selector, 1, 5));
        game.revealLeaf(1, leaf);
        _revealChildren(1);
        _pick(1, 2);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LevelsLeft.selector, 1, 1));
        game.revealLeaf(1, leaf);
        _revealChildren(1);
        _pick(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LevelsLeft.selector, 1, 0));
        game.revealChildren(1, new bytes32[](1));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LevelsLeft.selector, 1, 0));
        game.revealChildren(1, new bytes32[](2));
        _assertUnmoved(REVEAL);
        game.revealLeaf(1, leaf);
    }

    /// @dev Once a leaf is shown, nothing of the tree can be taken back.
    function test_RevertWhen_AMoveIsMadeTwice() external {
        _playTo(1, receipt, REVEAL, 5);
        bytes32[] memory children = _childrenOf(1);
        _revealChildren(1);
        _expectPhase(1, PICK, REVEAL);
        game.revealChildren(1, children);
        _pick(1, 2);
        _expectPhase(1, REVEAL, PICK);
        vm.prank(challenger);
        game.pick(1, children, 3);
        assertEq(game.gameOf(1).position, 2);
    }

    /* HELPERS */

    /// @dev Every move but that of the phase, by whom it would be for.
    function _assertNoMove(uint256 gameId, IReplayGame.Phase actual) private {
        IReplayGame.Trace memory trace = _trace(receipt);
        bytes32 before = _everything();
        vm.startPrank(challenger);
        if (actual != CHOOSE) {
            _expectPhase(gameId, actual, CHOOSE);
            game.choose(gameId, receipt, trace, WIDE);
        }
        if (actual != PICK) {
            _expectPhase(gameId, actual, PICK);
            game.pick(gameId, new bytes32[](16), 0);
        }
        vm.stopPrank();
        if (actual != REVEAL) {
            _expectPhase(gameId, actual, REVEAL);
            game.revealChildren(gameId, new bytes32[](16));
            _expectPhase(gameId, actual, REVEAL);
            game.revealLeaf(gameId, new bytes(LEAF_BYTES));
        }
        assertEq(_everything(), before);
    }

    function _assertNotEnded() private {
        bytes32 before = _everything();
        uint256 deadline = game.gameOf(1).deadline;
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.ClockRunning.selector, 1, block.timestamp, deadline));
        game.claimTimeout(1, receipt);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotOverturned.selector, id));
        game.withdrawBond(1);
        assertEq(_everything(), before);
    }

    function _assertNoEnd(uint256 gameId, IReplayGame.Phase phase) private {
        bytes32 before = _everything();
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameNotOpen.selector, gameId, phase));
        game.claimTimeout(gameId, receipt);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameNotOpen.selector, gameId, phase));
        game.withdrawBond(gameId);
        assertEq(_everything(), before);
    }

    /// @dev The game is where it was, and no money has moved since it was opened.
    function _assertUnmoved(IReplayGame.Phase phase) private view {
        _assertPhase(1, phase);
        assertEq(_gain(challenger), 0);
        assertEq(_gain(operator), 0);
        (, uint256 bond) = disputeManager.bondOf(1);
        assertEq(bond, BOND);
    }

    function _everything() private view returns (bytes32) {
        (address by, uint256 bond) = disputeManager.bondOf(1);
        int256[3] memory gains = [_gain(challenger), _gain(operator), _gain(RESERVE)];
        return keccak256(abi.encode(game.gameOf(1), game.gameOf(2), attestations.answer(id), by, bond, gains));
    }

    /// @dev The wrong element's leaf is to be opened.
    function _playToLeaf() private {
        _playTo(1, receipt, REVEAL, 5);
        for (uint256 i = 0; i < 4; ++i) _move(1, receipt, 5);
        _assertPhase(1, REVEAL);
    }

    function _receiptOfTwoRoots() private returns (CredenceReceipt memory short) {
        short = _wideReceipt(7, SEVENTEEN, _honest(), _replayPolicy());
        bytes32[] memory roots = rootsOf[_id(short)];
        assembly ("memory-safe") {
            mstore(roots, 2)
        }
        short.traceRoot = keccak256(abi.encode(roots));
        rootsOf[_id(short)] = roots;
        _show(_anchorOne(short));
    }

    function _specHashOf(uint256 leaves) private pure returns (bytes32) {
        IReplayGame.Trace memory trace;
        (trace.tensors, trace.ops) = _wideGraph(leaves);
        return keccak256(abi.encode(uint16(1), trace.tensors, trace.ops));
    }

    function _expectPhase(uint256 gameId, IReplayGame.Phase actual, IReplayGame.Phase needed) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameInPhase.selector, gameId, actual, needed));
    }

    /// @dev Of the next call, which it sends as `caller`.
    function _expectNotChallenger(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotChallenger.selector, 1, caller, challenger));
        vm.prank(caller);
    }

    function _expectLength(uint256 actual, uint256 right) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.LengthMismatch.selector, actual, right));
    }

    function _expectTraceMismatch(bytes32[] memory roots) private {
        bytes32 actual = keccak256(abi.encode(roots));
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.TraceMismatch.selector, actual, receipt.traceRoot));
    }
}
