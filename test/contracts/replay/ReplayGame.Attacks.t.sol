// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IReplayGame } from "../../../contracts/replay/IReplayGame.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { BlockingToken } from "../../mocks/BlockingToken.sol";
import { HookToken } from "../../mocks/HookToken.sol";
import { ReentrantAccount } from "../../mocks/ReentrantAccount.sol";
import { GameTest } from "../../setup/GameTest.sol";

/// @notice Attacks on the money of games: each attacker's wealth before and after.
contract ReplayGameAttacksTest is GameTest {
    CredenceReceipt private receipt;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        receipt = _wrongAnswer(1);
        id = _id(receipt);
        _note();
    }

    /* AGAINST ONESELF */

    /// @dev Operator, beneficiary and challenger are one: the reserve has half of the penalty, and it is jailed.
    function test_LosingToOneselfCostsHalfThePenalty() external {
        _openGame(receipt, opener);
        skip(13 hours);
        _claimTimeout(1, receipt);
        assertEq(_coalition(), -200 * E);
        assertEq(_gain(RESERVE), 200 * E);
    }

    function test_ProvingOneselfWrongCostsHalfThePenalty() external {
        _openGame(receipt, opener);
        _proveElement(receipt, lies[id].row, opener);
        game.withdrawBond(1);
        assertEq(_coalition(), -200 * E);
    }

    function test_WinningAgainstOneselfCostsHalfTheBond() external {
        _publishRoots(receipt);
        for (uint256 i = 0; i < 10; ++i) _openGame(receipt, opener);
        skip(13 hours);
        for (uint256 gameId = 1; gameId < 11; ++gameId) {
            _claimTimeout(gameId, receipt);
            assertEq(_gain(RESERVE), 25 * E * int256(gameId));
        }
        assertEq(_coalition(), -250 * E);
    }

    /// @dev The operator itself can be the challenger of its own answer; nothing is different.
    function test_OperatorChallengesItself() external {
        token.transfer(operator, 100e18);
        vm.prank(operator);
        token.approve(address(disputeManager), type(uint256).max);
        _publishRoots(receipt);
        _note();
        _openGame(receipt, operator);
        skip(13 hours);
        _claimTimeout(1, receipt);
        assertEq(_gain(operator), -25 * E);
        // As beneficiary of nothing it loses coverage and half of the penalty by its own silence.
        CredenceReceipt memory other = _honestAnswer(2);
        _openGame(other, operator);
        skip(13 hours);
        _claimTimeout(2, other);
        assertEq(_gain(operator), -625 * E);
        assertEq(_gain(beneficiary), 400 * E);
    }

    /* COPIED AND FRONT-RUN */

    /// @dev The challenger's move from the mempool, sent by others first: it is no move of theirs, and none of its own.
    function test_CopiedMoveOfTheChallengerIsRefused() external {
        _openGame(receipt);
        _publishRoots(receipt);
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotChallenger.selector, 1, rival, challenger));
        vm.prank(rival);
        game.choose(1, receipt, trace, 2);
        _choose(1, receipt, WIDE);
        assertEq(game.gameOf(1).tensor, WIDE);
    }

    /// @dev The operator's move, sent by somebody else first, is the operator's move; its own comes too late and is
    /// needed no more.
    function test_CopiedMoveOfTheOperatorIsTheMove() external {
        _openGame(receipt);
        _publishRoots(receipt);
        _choose(1, receipt, WIDE);
        bytes32[] memory children = _childrenOf(1);
        vm.prank(rival);
        game.revealChildren(1, children);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReplayGame.GameInPhase.selector,
                1,
                IReplayGame.Phase.Pick,
                IReplayGame.Phase.Reveal
            )
        );
        vm.prank(operator);
        game.revealChildren(1, children);
        assertEq(_gain(rival), 0);
        skip(13 hours);
        _claimTimeout(1, receipt);
        assertEq(_gain(operator), 25 * E);
    }

    function test_FrontRunClaimIsPaidToTheChallenger() external {
        _openGame(receipt);
        skip(13 hours);
        vm.prank(rival);
        game.claimTimeout(1, receipt);
        _expectNotOpen(1);
        vm.prank(challenger);
        game.claimTimeout(1, receipt);
        assertEq(_gain(rival), 0);
        assertEq(_gain(challenger), 200 * E);
        _assertConserved();
    }

    /// @dev A proof that the game brought to light is paid to who lands it; the challenger keeps its bond.
    function test_CopiedProofIsPaidOnce() external {
        _openGame(receipt);
        _playTo(1, receipt, IReplayGame.Phase.Prove, 5);
        _proveElement(receipt, lies[id].row, rival);
        IReplayGame.Unit memory unit = _unit(receipt, lies[id].row);
        IReplayGame.Trace memory trace = _trace(receipt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                id,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            )
        );
        vm.prank(challenger);
        game.proveUnit(receipt, trace, unit);
        game.withdrawBond(1);
        assertEq(_gain(rival), 200 * E);
        assertEq(_gain(challenger), 0);
        _assertConserved();
    }

    /* ANOTHER'S */

    /// @dev An answer that was overturned opens the way to the bonds of its own games, not of others.
    function test_BondOfAGameOnAnotherAnswer() external {
        CredenceReceipt memory other = _honestAnswer(2);
        _openGame(receipt);
        _openGame(other, rival);
        _proveElement(receipt, lies[id].row, challenger);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.NotOverturned.selector, _id(other)));
        game.withdrawBond(2);
        vm.prank(rival);
        game.withdrawBond(1);
        assertEq(_gain(rival), -50 * E);
        assertEq(_gain(challenger), 200 * E);
        _expectNotOpen(1);
        game.withdrawBond(1);
        assertEq(_credit(address(disputeManager)), BOND);
    }

    /// @dev A lost game on one answer cannot be claimed with another's receipt, which would free that one.
    function test_ReleaseOfAnotherAnswer() external {
        CredenceReceipt memory other = _honestAnswer(2);
        _openGame(receipt);
        _openGame(other, rival);
        _publishRoots(receipt);
        skip(13 hours);
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameOfAnother.selector, 1, _id(other), id));
        _claimTimeout(1, other);
        _claimTimeout(1, receipt);
        assertEq(attestations.answer(_id(other)).openCases, 1);
        _assertStatus(other, AnswerStatus.Contested);
    }

    /// @dev Claims in every order and number release as often as there were holds.
    function testFuzz_HoldsAreReleasedOnce(bytes32 entropy) external {
        _publishRoots(receipt);
        _open(receipt);
        for (uint256 i = 0; i < 4; ++i) _openGame(receipt, i % 2 == 0 ? challenger : rival);
        skip(13 hours);
        bool[5] memory over;
        uint256 left = 5;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 gameId = 1 + (uint8(entropy[i]) % 4);
            if (over[gameId]) {
                _expectNotOpen(gameId);
            } else {
                --left;
                over[gameId] = true;
            }
            _claimTimeout(gameId, receipt);
            assertEq(attestations.answer(id).openCases, left);
            _assertStatus(receipt, AnswerStatus.Contested);
        }
        assertEq(_gain(challenger) + _gain(rival), -200 * E);
        assertEq(_credit(address(disputeManager)), 183e18 + (left - 1) * BOND);
    }

    /// @dev Whatever is played and whoever is silent: what some gained others lost, and both sides together nothing.
    function testFuzz_GainsAreLosses(bytes32 entropy) external {
        uint256 count = 1 + (uint8(entropy[0]) % 3);
        address[3] memory by = [challenger, rival, outsider];
        for (uint256 i = 0; i < count; ++i) _openGame(receipt, by[i]);
        for (uint256 i = 0; i < 20; ++i) {
            uint256 gameId = 1 + (uint8(entropy[i]) % count);
            bool played = game.gameOf(gameId).phase == IReplayGame.Phase.Prove;
            if (!played && uint8(entropy[i]) < 230) _move(gameId, receipt, gameId * 5);
        }
        skip(13 hours);
        for (uint256 gameId = count; gameId > 0; --gameId) {
            if (attestations.answer(id).state == IAttestationRegistry.LockState.Seized) game.withdrawBond(gameId);
            else _claimTimeout(gameId, receipt);
        }
        _assertConserved();
        assertLe(_coalition() + _gain(challenger) + _gain(rival) + _gain(outsider), -25 * E, "all parties together");
    }

    /// @dev Nobody claims the bonds of others: the pot is no account of anybody.
    function test_NobodyClaimsThePot() external {
        _openGame(receipt);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, address(disputeManager)));
        vm.prank(rival);
        vault.claim(address(disputeManager));
        assertEq(_credit(address(disputeManager)), BOND);
    }

    /* TOKENS THAT DO MORE THAN TOKENS DO */

    /// @dev A challenger that is called while its bond arrives opens, moves, withdraws and claims: nothing is counted
    /// twice, and nothing of another's bond is paid to it.
    function test_ReentrantTokenGainsNothing() external {
        _openGame(receipt, rival);
        ReentrantAccount attacker = _reentrant();
        bytes memory opening = abi.encodeCall(IDisputeManager.openGame, (_bare(receipt), "", ""));
        bytes[4] memory inner = [
            opening,
            abi.encodeCall(IReplayGame.withdrawBond, (2)),
            abi.encodeCall(IReplayGame.claimTimeout, (2, receipt)),
            abi.encodeCall(IReplayGame.publishRoots, (receipt, rootsOf[id]))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 snapshot = vm.snapshotState();
            assertTrue(_attack(attacker, opening, i == 0 ? address(disputeManager) : replay, inner[i]));
            assertEq(attacker.entered(), 2);
            // Roots are anybody's to publish, once; the rest is refused.
            assertEq(attacker.succeeded(), i == 3 ? 1 : 0);
            assertEq(_wealth(address(attacker)), 1_000e18 - BOND);
            assertEq(_credit(address(disputeManager)), 2 * BOND);
            assertEq(attestations.answer(id).openCases, 2);
            vm.revertToState(snapshot);
        }
    }

    /// @dev The answer is proven wrong while the bond is on its way: it is one in, one out.
    function test_BondThatIsWithdrawnWhileItArrives() external {
        _openGame(receipt, rival);
        ReentrantAccount attacker = _reentrant();
        Prover prover = new Prover();
        IReplayGame.Unit memory unit = _unit(receipt, lies[id].row);
        IReplayGame.Trace memory trace = _trace(receipt);
        prover.arm(game, abi.encodeCall(IReplayGame.proveUnit, (receipt, trace, unit)), 2);
        bytes memory opening = abi.encodeCall(IDisputeManager.openGame, (_bare(receipt), "", ""));
        bytes memory proving = abi.encodeCall(Prover.proveAndWithdraw, ());
        assertTrue(_attack(attacker, opening, address(prover), proving));
        assertEq(attacker.succeeded(), 1);
        _assertStatus(receipt, AnswerStatus.Overturned);
        // Its bond is its credit again, the bounty is the prover's, and the rival's bond is there.
        assertEq(_wealth(address(attacker)), 1_000e18);
        assertEq(_credit(address(prover)), 200e18);
        assertEq(_credit(address(disputeManager)), BOND);
        game.withdrawBond(1);
        assertEq(_gain(rival), 0);
        assertEq(_credit(address(disputeManager)), 0);
    }

    function test_RevertWhen_CreditIsClaimedWhileABondArrives() external {
        ReentrantAccount attacker = _reentrant();
        bytes memory opening = abi.encodeCall(IDisputeManager.openGame, (_bare(receipt), "", ""));
        bytes memory claiming = abi.encodeCall(IStakeVault.claim, (RESERVE));
        assertTrue(_attack(attacker, opening, address(vault), claiming));
        assertEq(attacker.succeeded(), 0);
        assertEq(
            attacker.lastResult(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
    }

    /// @dev A challenger whose withdrawals are blocked is paid as credit; it stops neither claim nor others.
    function test_BlacklistedChallengerHurtsOnlyItself() external {
        _openGame(receipt);
        _openGame(receipt, rival);
        skip(13 hours);
        vm.etch(address(token), address(new BlockingToken(0)).code);
        BlockingToken(address(token)).setBlocked(challenger);
        _claimTimeout(1, receipt);
        game.withdrawBond(2);
        assertEq(_credit(challenger), 250e18);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, challenger));
        vault.claim(challenger);
        uint256 before = token.balanceOf(rival);
        vault.claim(rival);
        assertEq(token.balanceOf(rival), before + BOND);
        vault.claim(beneficiary);
        assertEq(token.balanceOf(beneficiary), 400e18);
        BlockingToken(address(token)).setBlocked(address(0));
        vault.claim(challenger);
        assertEq(_gain(challenger), 200 * E);
    }

    /* HELPERS */

    function _coalition() private view returns (int256) {
        return _gain(operator) + _gain(beneficiary) + _gain(opener);
    }

    function _expectNotOpen(uint256 gameId) private {
        vm.expectRevert(abi.encodeWithSelector(IReplayGame.GameNotOpen.selector, gameId, IReplayGame.Phase.Over));
    }

    /// @dev An account that the token, which keeps its balances, calls in each of its transfers.
    function _reentrant() private returns (ReentrantAccount attacker) {
        attacker = new ReentrantAccount();
        token.transfer(address(attacker), 1_000e18);
        attacker.act(address(token), abi.encodeCall(token.approve, (address(disputeManager), type(uint256).max)));
        vm.etch(address(token), address(new HookToken(0)).code);
        HookToken(address(token)).setHooked(address(attacker));
    }

    /// @dev The attacker opens a game and calls `target` while its bond is on its way.
    function _attack(
        ReentrantAccount attacker,
        bytes memory opening,
        address target,
        bytes memory inner
    ) private returns (bool success) {
        attacker.setVault(address(disputeManager));
        attacker.setCalled(target);
        (success, ) = attacker.attack(opening, inner);
    }
}

/// @notice Proves an answer wrong and withdraws a game's bond, in one call.
contract Prover {
    IReplayGame private game;
    bytes private proof;
    uint256 private gameId;

    function arm(IReplayGame game_, bytes calldata proof_, uint256 gameId_) external {
        (game, proof, gameId) = (game_, proof_, gameId_);
    }

    function proveAndWithdraw() external {
        (bool success, ) = address(game).call(proof);
        require(success, "proof");
        game.withdrawBond(gameId);
    }
}
