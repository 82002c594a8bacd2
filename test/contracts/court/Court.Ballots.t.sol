// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Committing and revealing: what binds a ballot to its voter, case, round, chain and court, and what it locks.
/// Ten holders of 20,000 have one seat or two each.
contract CourtBallotsTest is CourtTest {
    CredenceReceipt private receipt;
    bytes32 private caseId;
    address private victim;
    address private attacker;

    function setUp() public override {
        super.setUp();
        (victim, attacker) = (holders[0], holders[1]);
        (receipt, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
    }

    /* COMMITTING */

    function test_TheFirstCommitLocksTheRiskAndIsAnnounced() external {
        (uint256 weight, uint256 risk) = court.weightOf(caseId, victim);
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        vm.expectEmit(address(court));
        emit ICourt.Committed(caseId, 0, victim, hash, weight, "note to self");
        vm.prank(victim);
        court.commit(caseId, victim, hash, "note to self");
        assertEq(vault.lockedBy(address(court), victim), risk);
        assertEq(court.roundOf(caseId, 0).committed, weight);
        _assertBallot(victim, uint32(weight), ICourt.Choice.None, hash);
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, 0, victim);
        assertEq(ballot.risk, risk);
        assertEq(ballot.signedAt, block.timestamp);
    }

    function test_RevertWhen_TheHashIsZero() external {
        vm.expectRevert(ICourt.CommitEmpty.selector);
        vm.prank(victim);
        court.commit(caseId, victim, 0, "");
    }

    function testFuzz_RevertWhen_CommittedBySomebodyElse(address caller) external {
        vm.assume(caller != victim && caller != address(0));
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotVoter.selector, caller, victim));
        vm.prank(caller);
        court.commit(caseId, victim, SALT, "");
    }

    /// @dev What one shows of one's vote early is worth nothing: it can be replaced, and only the last counts.
    function test_FiftyRecommitsLockTheRiskOnceAndOnlyTheLastCounts() external {
        (uint256 weight, uint256 risk) = court.weightOf(caseId, victim);
        for (uint256 i = 0; i < 50; ++i) {
            skip(1);
            bytes32 hash = court.commitHashOf(caseId, 0, victim, AT_FAULT, bytes32(i));
            vm.prank(victim);
            court.commit(caseId, victim, hash, "");
            assertEq(vault.lockedBy(address(court), victim), risk);
            assertEq(court.roundOf(caseId, 0).committed, weight);
        }
        _commit(caseId, victim, NOT_AT_FAULT);
        _skipPhase(caseId);
        bytes32 expected = court.commitHashOf(caseId, 0, victim, NOT_AT_FAULT, SALT);
        bytes32 shown = court.commitHashOf(caseId, 0, victim, AT_FAULT, bytes32(uint256(49)));
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, shown, expected));
        court.reveal(caseId, victim, AT_FAULT, bytes32(uint256(49)));
        _reveal(caseId, victim, NOT_AT_FAULT);
        assertEq(court.roundOf(caseId, 0).notAtFault, weight);
        assertEq(court.roundOf(caseId, 0).atFault, 0);
    }

    function test_RevertWhen_TheVoterHasNoSeat() external {
        bytes memory none = abi.encodeWithSelector(ICourt.NoSeats.selector, stranger, 0, 200_000e18, 15);
        vm.expectRevert(none);
        vm.prank(stranger);
        court.commit(caseId, stranger, SALT, "");
    }

    /* REVEALING */

    function test_AnybodyWhoKnowsItReveals() external {
        uint8[3] memory choices = [AT_FAULT, NOT_AT_FAULT, CANNOT_DECIDE];
        uint256[3] memory weights;
        for (uint256 i = 0; i < 3; ++i) {
            (weights[i], ) = court.weightOf(caseId, holders[i]);
            _commit(caseId, holders[i], choices[i]);
        }
        _skipPhase(caseId);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(court));
            emit ICourt.Revealed(caseId, 0, holders[i], ICourt.Choice(choices[i]), weights[i]);
            vm.prank(stranger);
            court.reveal(caseId, holders[i], choices[i], SALT);
            _assertBallot(holders[i], uint32(weights[i]), ICourt.Choice(choices[i]), 0);
        }
        ICourt.RoundView memory r = court.roundOf(caseId, 0);
        assertEq(r.atFault, weights[0]);
        assertEq(r.notAtFault, weights[1]);
        assertEq(r.cannotDecide, weights[2]);
        assertEq(r.committed, weights[0] + weights[1] + weights[2]);
    }

    function test_RevertWhen_RevealedTwice() external {
        _commit(caseId, victim, AT_FAULT);
        _skipPhase(caseId);
        _reveal(caseId, victim, AT_FAULT);
        uint256 counted = court.roundOf(caseId, 0).atFault;
        bytes memory none = abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 0, victim);
        vm.expectRevert(none);
        court.reveal(caseId, victim, AT_FAULT, SALT);
        vm.expectRevert(none);
        court.reveal(caseId, victim, NOT_AT_FAULT, SALT);
        assertEq(court.roundOf(caseId, 0).atFault, counted);
    }

    function test_RevertWhen_NothingWasCommitted() external {
        _skipPhase(caseId);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 0, victim));
        court.reveal(caseId, victim, AT_FAULT, SALT);
    }

    /// @dev Committing to a choice that does not exist is possible and can never be revealed.
    function test_RevertWhen_TheChoiceDoesNotExist() external {
        uint8[3] memory bad = [0, 4, type(uint8).max];
        for (uint256 i = 0; i < 3; ++i) _commit(caseId, holders[i], bad[i]);
        _skipPhase(caseId);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.ChoiceOutOfRange.selector, bad[i], 1, 3));
            court.reveal(caseId, holders[i], bad[i], SALT);
        }
    }

    function testFuzz_RevertWhen_ChoiceOrSaltDiffers(uint8 choice, bytes32 salt) external {
        choice = uint8(bound(choice, 1, 3));
        vm.assume(choice != AT_FAULT || salt != SALT);
        _commit(caseId, victim, AT_FAULT);
        _skipPhase(caseId);
        bytes32 actual = court.commitHashOf(caseId, 0, victim, choice, salt);
        bytes32 expected = court.commitHashOf(caseId, 0, victim, AT_FAULT, SALT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, actual, expected));
        court.reveal(caseId, victim, choice, salt);
    }

    /// @dev The court cannot tell a bad salt: without one three guesses open the ballot, for whoever wants to copy it.
    function test_AnEmptySaltIsAcceptedAndGuessed() external {
        bytes32 hash = court.commitHashOf(caseId, 0, victim, NOT_AT_FAULT, 0);
        vm.prank(victim);
        court.commit(caseId, victim, hash, "");
        uint8 guessed = 0;
        while (court.commitHashOf(caseId, 0, victim, ++guessed, 0) != hash) assertLt(guessed, 4);
        assertEq(guessed, NOT_AT_FAULT);
        _skipPhase(caseId);
        vm.prank(attacker);
        court.reveal(caseId, victim, guessed, 0);
    }

    /* COPIES AND REPLAYS */

    /// @dev The attacker copies the victim's commit, waits for it to be revealed, and finds that salt and choice open
    /// nothing of its own: it loses all it risked, and the victim's choice stands.
    function test_ACopiedCommitCannotBeRevealed() external {
        (, uint256 risk) = court.weightOf(caseId, attacker);
        uint256 before = _wealth(attacker);
        bytes32 copied = _hashOf(caseId, victim, AT_FAULT);
        vm.prank(victim);
        court.commit(caseId, victim, copied, "");
        vm.prank(attacker);
        court.commit(caseId, attacker, copied, "");
        for (uint256 i = 2; i < 10; ++i) _commit(caseId, holders[i], AT_FAULT);
        _skipPhase(caseId);
        _reveal(caseId, victim, AT_FAULT);
        bytes32 actual = _hashOf(caseId, attacker, AT_FAULT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, actual, copied));
        vm.prank(attacker);
        court.reveal(caseId, attacker, AT_FAULT, SALT);
        for (uint256 i = 2; i < 10; ++i) _reveal(caseId, holders[i], AT_FAULT);
        skip(24 hours + 36 hours);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        court.claim(caseId, 0, attacker);
        assertEq(_wealth(attacker), before - risk);
    }

    /// @dev The same choice and salt in another case of the same voter is another commit.
    function test_RevertWhen_ACommitIsReplayedInAnotherCase() external {
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        (, bytes32 other) = _openNew(2);
        _toCommit(other, keccak256("other seed"));
        vm.prank(victim);
        court.commit(other, victim, hash, "");
        _skipPhase(other);
        bytes32 actual = court.commitHashOf(other, 0, victim, AT_FAULT, SALT);
        assertNotEq(actual, hash);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, actual, hash));
        court.reveal(other, victim, AT_FAULT, SALT);
    }

    function test_RevertWhen_ACommitIsReplayedInAnotherRound() external {
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, opener);
        _toCommit(caseId, keccak256("next seed"));
        vm.prank(victim);
        court.commit(caseId, victim, hash, "");
        _skipPhase(caseId);
        bytes32 actual = court.commitHashOf(caseId, 1, victim, AT_FAULT, SALT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, actual, hash));
        court.reveal(caseId, victim, AT_FAULT, SALT);
    }

    function test_RevertWhen_ACommitIsRevealedOnAnotherChain() external {
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        vm.prank(victim);
        court.commit(caseId, victim, hash, "");
        _skipPhase(caseId);
        vm.chainId(block.chainid + 1);
        bytes32 actual = court.commitHashOf(caseId, 0, victim, AT_FAULT, SALT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CommitMismatch.selector, actual, hash));
        court.reveal(caseId, victim, AT_FAULT, SALT);
    }

    function testFuzz_CommitHashesBindEverything(
        address voter,
        uint8 choice,
        uint256 round,
        bytes32 salt
    ) external view {
        bytes32 kind = keccak256("Credence.Commit");
        assertEq(
            court.commitHashOf(caseId, round, voter, choice, salt),
            keccak256(abi.encode(kind, block.chainid, address(court), caseId, round, voter, choice, salt))
        );
    }

    /* THE VOTING KEY */

    function test_TheVotingKeyCommitsAndRevealsForItsVoter() external {
        address key = makeAddr("voting key");
        vm.prank(victim);
        vault.setVotingKey(key);
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        vm.prank(key);
        court.commit(caseId, victim, hash, "");
        assertGt(vault.lockedBy(address(court), victim), 0);
        // Rotated between commit and reveal: what was committed stands, the old key commits no more.
        vm.prank(victim);
        vault.setVotingKey(makeAddr("new key"));
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotVoter.selector, key, victim));
        vm.prank(key);
        court.commit(caseId, victim, SALT, "");
        _skipPhase(caseId);
        vm.prank(key);
        court.reveal(caseId, victim, AT_FAULT, SALT);
        assertGt(court.roundOf(caseId, 0).atFault, 0);
    }

    /// @dev A key that was stolen can be overruled by its voter, to the last second of the commit phase.
    function test_TheVoterOverrulesItsKey() external {
        address key = makeAddr("voting key");
        vm.prank(victim);
        vault.setVotingKey(key);
        bytes32 hash = _hashOf(caseId, victim, AT_FAULT);
        vm.prank(key);
        court.commit(caseId, victim, hash, "");
        vm.prank(victim);
        vault.setVotingKey(address(0));
        vm.warp(court.caseOf(caseId).deadline - 1);
        _commit(caseId, victim, NOT_AT_FAULT);
        _skipPhase(caseId);
        _reveal(caseId, victim, NOT_AT_FAULT);
    }

    /* WHAT IS LOCKED */

    function test_RevertWhen_TooLittleIsLockable() external {
        (, uint256 risk) = court.weightOf(caseId, victim);
        address module = address(protocol.attestations);
        vm.prank(victim);
        vault.unstake(20_000e18 - 100e18);
        vm.prank(victim);
        vault.optIn(module);
        vm.prank(module);
        vault.lock(victim, 17_000e18);
        skip(21 hours); // the ticket is immature: it backs
        uint256 left = 20_000e18 - 17_000e18;
        vm.prank(address(court));
        vault.lock(victim, left - risk + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, victim, risk - 1, risk));
        vm.prank(victim);
        court.commit(caseId, victim, SALT, "");
        assertEq(court.roundOf(caseId, 0).committed, 0);
        vm.prank(address(court));
        vault.unlock(victim, 1);
        _commit(caseId, victim, AT_FAULT);
        assertEq(vault.account(victim).locked, 20_000e18);
    }

    /// @dev 90 % is all that others lock, so an operator that has promised all it can still has its seat.
    function test_AnAccountFullyUsedAsCoverageStillLocksItsSeat() external {
        address module = address(protocol.attestations);
        (, uint256 risk) = court.weightOf(caseId, victim);
        vm.prank(victim);
        vault.optIn(module);
        vm.prank(module);
        vault.lock(victim, 18_000e18);
        assertEq(vault.lockable(victim, module, 0), 0);
        _commit(caseId, victim, AT_FAULT);
        assertEq(vault.lockedBy(address(court), victim), risk);
    }

    function test_RevertWhen_TheVoterHasNotOptedIn() external {
        vm.prank(victim);
        vault.optOut(address(court));
        _commit(caseId, victim, AT_FAULT); // takes effect a day later
        vm.prank(attacker);
        vault.optOut(address(court));
        _voteAll(caseId, 0);
        _appeal(caseId, Ruling.Upheld, opener);
        _toCommit(caseId, keccak256("next seed"));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, attacker, address(court)));
        vm.prank(attacker);
        court.commit(caseId, attacker, SALT, "");
    }

    /* HELPERS */

    function _assertBallot(address voter, uint32 weight, ICourt.Choice choice, bytes32 hash) private view {
        (ICourt.Ballot memory ballot, bytes32 commitHash) = court.ballotOf(caseId, 0, voter);
        assertEq(ballot.weight, weight);
        assertEq(uint8(ballot.choice), uint8(choice));
        assertEq(commitHash, hash);
    }
}
