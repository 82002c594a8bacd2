// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAdjudicator } from "../../../contracts/disputes/IAdjudicator.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Cases that a proof ends, in every phase of every round: jurors are paid for what they did and lose nothing,
/// the parties are made whole out of the penalty, of which 240 are left for fees and bounty. Fifteen holders of a
/// fifteenth each: one seat of 15, two of 30, a fifteenth of all.
contract CourtProofTest is CourtTest {
    uint16 private constant CERTAIN = 2;
    uint256 private constant FEE = 45e18;
    uint256 private constant BOND = 90e18;
    uint256 private constant APPEAL = 2 * BOND + 90e18;

    CredenceReceipt private receipt;
    bytes32 private caseId;
    address private outsider = makeAddr("outsider");
    address private prover = makeAddr("prover");

    function setUp() public override {
        super.setUp();
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = _courtConfigs()[STANDARD];
        (more[0].rounds[1].seats, more[0].rounds[1].fee) = (30, 90e18);
        vm.prank(owner);
        court.addConfigs(more);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.courtConfig = CERTAIN;
        judgedModelId = _publishJudged(policy);
        _approve(outsider);
        (receipt, caseId) = _openNew(1);
        assertEq(_wealth(opener), 10_000e18 - BOND - FEE);
    }

    function _holderCount() internal pure override returns (uint256) {
        return 15;
    }

    /* THE FIRST ROUND */

    function test_InEvidenceTheFeeComesBack() external {
        _end(ICourt.Phase.Evidence);
        _assertWhole(200e18);
        _assertNobodyPaid(0);
    }

    function test_InSeedingTheFeeComesBack() external {
        skip(24 hours);
        court.nameSeed(caseId);
        _end(ICourt.Phase.Seeding);
        _assertWhole(200e18);
        _assertNobodyPaid(0);
    }

    /// @dev Who had committed did all there was to do: half the fee is theirs.
    function test_InCommitThoseWhoCommittedShareHalf() external {
        _toCommit(caseId, keccak256("seed"));
        for (uint256 i = 0; i < 4; ++i) _commit(caseId, holders[i], i % 2 == 0 ? AT_FAULT : NOT_AT_FAULT);
        _end(ICourt.Phase.Commit);
        _assertWhole(200e18);
        for (uint256 i = 0; i < 4; ++i) _assertClaim(0, holders[i], 5.625e18);
        _assertNobodyPaid(4);
    }

    function test_InCommitWithNoBallotTheFeeComesBack() external {
        _toCommit(caseId, keccak256("seed"));
        _end(ICourt.Phase.Commit);
        _assertWhole(200e18);
        _assertNobodyPaid(0);
    }

    /// @dev Seven of ten had revealed; the others lose nothing, and are not paid either.
    function test_InRevealThoseWhoRevealedShareAll() external {
        _commitAndReveal(10, 7);
        uint256 reserve = _credit(RESERVE);
        _end(ICourt.Phase.Reveal);
        _assertWhole(195e18);
        assertEq(_credit(RESERVE) - reserve, 160e18, "40 % of the penalty");
        for (uint256 i = 0; i < 7; ++i) _assertClaim(0, holders[i], FEE / 7);
        for (uint256 i = 7; i < 10; ++i) _assertClaim(0, holders[i], 0);
        _assertNobodyPaid(10);
    }

    function test_InRevealWithNothingRevealedTheFeeComesBack() external {
        _commitAndReveal(10, 0);
        _end(ICourt.Phase.Reveal);
        _assertWhole(200e18);
        for (uint256 i = 0; i < 10; ++i) _assertClaim(0, holders[i], 0);
        _assertNobodyPaid(10);
    }

    /// @dev Whatever they had said, and whatever the provisional ruling was.
    function test_InAppealThoseWhoRevealedShareAll() external {
        _commitAndReveal(15, 9);
        _skipPhase(caseId);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        _end(ICourt.Phase.Appeal);
        _assertWhole(195e18);
        for (uint256 i = 0; i < 9; ++i) _assertClaim(0, holders[i], 5e18);
        for (uint256 i = 9; i < 15; ++i) _assertClaim(0, holders[i], 0);
        _assertNobodyPaid(15);
    }

    /* THE SECOND */

    function test_InTheSeedingOfTheAppealItsFeeComesBack() external {
        _toAppeal();
        _end(ICourt.Phase.Seeding);
        _assertWhole(195e18);
        _assertAppealWhole();
        _assertClaimsOfRoundZero();
    }

    function test_InTheCommitOfTheAppealThoseWhoCommittedShareHalf() external {
        _toAppeal();
        _toCommit(caseId, keccak256("next seed"));
        for (uint256 i = 0; i < 5; ++i) _commit(caseId, holders[i], AT_FAULT);
        _end(ICourt.Phase.Commit);
        // Spent: 45 and half of 90.
        _assertWhole(150e18);
        _assertAppealWhole();
        for (uint256 i = 0; i < 5; ++i) _assertClaim(1, holders[i], 9e18);
        _assertClaimsOfRoundZero();
    }

    function test_InTheRevealOfTheAppealThoseWhoRevealedShareAll() external {
        _toAppeal();
        _commitAndReveal(15, 10);
        _end(ICourt.Phase.Reveal);
        _assertWhole(105e18);
        _assertAppealWhole();
        for (uint256 i = 0; i < 10; ++i) _assertClaim(1, holders[i], 9e18);
        for (uint256 i = 10; i < 15; ++i) _assertClaim(1, holders[i], 0);
        _assertClaimsOfRoundZero();
    }

    function test_InTheAppealOfTheAppealThoseWhoRevealedShareAll() external {
        _toAppeal();
        _commitAndReveal(15, 15);
        _skipPhase(caseId);
        _end(ICourt.Phase.Appeal);
        _assertWhole(105e18);
        _assertAppealWhole();
        for (uint256 i = 0; i < 15; ++i) _assertClaim(1, holders[i], 6e18);
        _assertClaimsOfRoundZero();
    }

    /* ALL */

    /// @dev Half of 600, and 135 before it, are more than the 240: pro rata, no bounty, and nobody is stuck.
    function test_InTheCommitOfTheFullVoteThePenaltyIsShort() external {
        _toFullVote();
        for (uint256 i = 0; i < 15; ++i) _commit(caseId, holders[i], AT_FAULT);
        _end(ICourt.Phase.Commit);
        assertEq(_wealth(prover), 0);
        assertEq(_wealth(opener), 10_000e18 - FEE + (240e18 * FEE) / 435e18);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Upheld, outsider);
        disputeManager.withdrawContribution(caseId, 2, Ruling.Upheld, outsider);
        uint256 back = (240e18 * uint256(90e18)) / 435e18 + (240e18 * uint256(300e18)) / 435e18;
        assertEq(_wealth(outsider), 10_000e18 - 90e18 - 300e18 + back);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(2, holders[i], 20e18);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(1, holders[i], 6e18);
        _assertClaimsOfRoundZero();
    }

    function test_InTheRevealOfTheFullVoteThoseWhoRevealedShareAll() external {
        _toFullVote();
        _commitAndReveal(15, 1);
        _end(ICourt.Phase.Reveal);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Upheld, outsider);
        disputeManager.withdrawContribution(caseId, 2, Ruling.Upheld, outsider);
        // 735 were spent, 240 are there to pay them.
        assertApproxEqAbs(_wealth(opener) + _wealth(outsider), 20_000e18 - 735e18 + 240e18, 3);
        assertEq(_wealth(prover), 0);
        _assertClaim(2, holders[0], 600e18);
        for (uint256 i = 1; i < 15; ++i) _assertClaim(2, holders[i], 0);
        for (uint256 i = 0; i < 15; ++i) _assertClaim(1, holders[i], 6e18);
        _assertClaimsOfRoundZero();
    }

    /* TOO LATE */

    /// @dev What the clock has decided is decided: a proof after it ends nothing.
    function test_AFinalCaseIsNotEndedByProof() external {
        _commitAndReveal(15, 15);
        _skipPhase(caseId);
        _skipPhase(caseId);
        _assertPhase(caseId, ICourt.Phase.Final);
        vm.expectEmit(address(court));
        emit ICourt.CaseConcluded(caseId, Ruling.Upheld, false);
        vm.prank(disputes);
        IAdjudicator.Outcome memory outcome = court.conclude(caseId, true);
        assertFalse(outcome.ended);
        assertEq(uint8(outcome.ruling), uint8(Ruling.Upheld));
        assertEq(outcome.rounds, 1);
        assertEq(outcome.turnedIn, 0);
        assertEq(outcome.fees[0], FEE);
        assertEq(outcome.fees[1] + outcome.fees[2], 0);
        assertEq(outcome.returned[0], 0);
        _assertPhase(caseId, ICourt.Phase.Final);
    }

    /* HELPERS */

    function _toAppeal() private {
        _commitAndReveal(15, 15);
        _skipPhase(caseId);
        _appeal(caseId, Ruling.Overturned, outsider);
    }

    /// @dev The first two panels say that the operator is at fault; somebody wants to hear all.
    function _toFullVote() private {
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
    }

    /// @dev So many commit that the operator is not at fault, so many of those reveal.
    function _commitAndReveal(uint256 committed, uint256 revealed) private {
        _toCommit(caseId, keccak256(abi.encode("seed", court.caseOf(caseId).round)));
        for (uint256 i = 0; i < committed; ++i) _commit(caseId, holders[i], NOT_AT_FAULT);
        _skipPhase(caseId);
        for (uint256 i = 0; i < revealed; ++i) _reveal(caseId, holders[i], NOT_AT_FAULT);
    }

    /// @dev A proof arrives in the last second of this phase.
    function _end(ICourt.Phase phase) private {
        vm.warp(court.caseOf(caseId).deadline - 1);
        _assertPhase(caseId, phase);
        uint256 round = court.caseOf(caseId).round;
        // The ruling of a case that was not decided is meaningless: only the case is compared.
        vm.expectEmit(true, false, false, false, address(court));
        emit ICourt.CaseConcluded(caseId, Ruling.Undecided, true);
        vm.prank(replay);
        disputeManager.overturn(receipt, prover, ISlashingRegistry.Offence.FalseAnswer);
        ICourt.CaseView memory c = court.caseOf(caseId);
        assertEq(uint8(c.phase), uint8(ICourt.Phase.Ended));
        assertEq(c.deadline, 0);
        assertEq(c.round, round);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(_credit(beneficiary), JUDGED_COVERAGE);
    }

    /// @dev The opener has all back, the prover the bounty.
    function _assertWhole(uint256 bounty) private view {
        assertEq(_wealth(opener), 10_000e18, "opener");
        assertEq(_wealth(prover), bounty, "bounty");
    }

    function _assertAppealWhole() private {
        assertEq(_wealth(outsider), 10_000e18 - APPEAL);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Overturned, outsider);
        assertEq(_wealth(outsider), 10_000e18, "outsider");
    }

    /// @dev All fifteen revealed in the first round; after them nothing is left.
    function _assertClaimsOfRoundZero() private {
        for (uint256 i = 0; i < 15; ++i) _assertClaim(0, holders[i], 3e18);
        assertLt(_credit(address(court)), 15, "less than a unit for each juror");
        assertLt(_credit(address(disputeManager)), 3, "disputes");
    }

    /// @dev The others have no ballot, and nothing is left.
    function _assertNobodyPaid(uint256 from) private {
        for (uint256 i = from; i < 15; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 0, holders[i]));
            court.claim(caseId, 0, holders[i]);
        }
        assertLt(_credit(address(court)), 15, "less than a unit for each juror");
        assertLt(_credit(address(disputeManager)), 3, "disputes");
    }

    /// @dev Pays so much, forfeits nothing, frees the risk.
    function _assertClaim(uint256 round, address voter, uint256 paid) private {
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, voter);
        uint256 locked = vault.lockedBy(address(court), voter);
        uint256 wealth = _wealth(voter);
        vm.expectEmit(address(court));
        emit ICourt.BallotSettled(caseId, round, voter, paid, 0);
        court.claim(caseId, round, voter);
        assertEq(_wealth(voter), wealth + paid, "wealth");
        assertEq(locked - vault.lockedBy(address(court), voter), ballot.risk, "unlocked");
    }
}
