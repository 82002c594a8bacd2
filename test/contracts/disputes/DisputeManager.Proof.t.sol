// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice Proof beats vote: the replay adjudicator ends a case wherever it stands, and everybody is made whole.
contract DisputeManagerProofTest is DisputeTest {
    CredenceReceipt private receipt;
    bytes32 private caseId;
    /// @dev What jurors shared of each round's fee.
    uint256[3] private spent;

    function setUp() public override {
        super.setUp();
        receipt = _judgedAnswer(1);
        caseId = _id(receipt);
        _note();
    }

    /* WITHOUT A CASE */

    function test_ProofWithoutACase() external {
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.AnswerOverturned(
            caseId,
            operator,
            challenger,
            ISlashingRegistry.Offence.FalseAnswer,
            JUDGED_LOCK,
            200e18
        );
        assertEq(_prove(receipt), JUDGED_LOCK);
        _assertProven();
        assertEq(uint8(disputeManager.caseOf(caseId).state), uint8(IDisputeManager.CaseState.None));
    }

    function test_SilenceOfTheOperatorIsNoDifferentForMoney() external {
        vm.prank(replay);
        disputeManager.overturn(receipt, challenger, ISlashingRegistry.Offence.Unresponsive);
        _assertProven();
        assertEq(_gain(challenger), 200 * E);
    }

    function test_WithoutAChallengerTheReserveHasTheBounty() external {
        vm.prank(replay);
        disputeManager.overturn(receipt, address(0), ISlashingRegistry.Offence.FalseAnswer);
        assertEq(_gain(RESERVE), 400 * E);
        _assertConserved();
    }

    function testFuzz_RevertWhen_CallerIsNotReplay(address caller) external {
        vm.assume(caller != replay);
        _open(receipt);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, caller, replay));
        vm.prank(caller);
        disputeManager.overturn(receipt, caller, ISlashingRegistry.Offence.FalseAnswer);
    }

    function test_RevertWhen_AnyRoleProves() external {
        address[5] memory others = [owner, guardian, opener, address(court), address(vault)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NotReplay.selector, others[i], replay));
            vm.prank(others[i]);
            disputeManager.overturn(receipt, others[i], ISlashingRegistry.Offence.FalseAnswer);
        }
    }

    /* IN EVERY PHASE OF EVERY ROUND */

    function test_FirstRoundEvidence() external {
        _reach(0, ICourt.Phase.Evidence);
        _proveAndAssert();
    }

    function test_FirstRoundSeeding() external {
        _reach(0, ICourt.Phase.Seeding);
        _proveAndAssert();
    }

    function test_FirstRoundCommit() external {
        _reach(0, ICourt.Phase.Commit);
        _proveAndAssert();
    }

    function test_FirstRoundReveal() external {
        _reach(0, ICourt.Phase.Reveal);
        _proveAndAssert();
    }

    function test_FirstRoundAppeal() external {
        _reach(0, ICourt.Phase.Appeal);
        _proveAndAssert();
        // 400 less 160, less a fee of 45.
        assertEq(_gain(challenger), 195 * E);
    }

    function test_SecondRoundSeeding() external {
        _reach(1, ICourt.Phase.Seeding);
        _proveAndAssert();
    }

    function test_SecondRoundCommit() external {
        _reach(1, ICourt.Phase.Commit);
        _proveAndAssert();
    }

    function test_SecondRoundReveal() external {
        _reach(1, ICourt.Phase.Reveal);
        _proveAndAssert();
    }

    function test_SecondRoundAppeal() external {
        _reach(1, ICourt.Phase.Appeal);
        _proveAndAssert();
        assertEq(_gain(challenger), 12 * E);
    }

    /// @dev 240 for 528 of fees: everybody bears the same part.
    function test_LastRoundCommit() external {
        _reach(2, ICourt.Phase.Commit);
        _proveAndAssert();
        assertEq(_gain(challenger), 0);
    }

    function test_LastRoundReveal() external {
        _reach(2, ICourt.Phase.Reveal);
        _proveAndAssert();
        assertEq(_gain(challenger), 0);
    }

    /// @dev Who committed and could still have revealed when the proof came is neither paid nor punished.
    function test_CommittedAndNotRevealedYet() external {
        _open(receipt);
        _toCommit(caseId, "seed");
        for (uint256 i = 0; i < holders.length; ++i) _commitIfSeated(holders[i]);
        _skipPhase(caseId);
        _proveAndAssert();
        assertEq(_jurorsGain(), 0);
    }

    function test_NobodyCommitted() external {
        _open(receipt);
        _toCommit(caseId, "seed");
        _proveAndAssert();
        assertEq(_gain(challenger), 200 * E);
    }

    /* POOLS */

    function test_HalfFundedPoolsAreRefundedInFull() external {
        _reach(1, ICourt.Phase.Appeal);
        _approve(stranger);
        _approve(beneficiary);
        _note();
        spent = [uint256(0), 0, 0];
        _contribute(caseId, Ruling.Overturned, stranger, 666e18);
        _contribute(caseId, Ruling.Undecided, beneficiary, 1331e18);
        _prove(receipt);
        assertEq(_withdraw(caseId, 2, Ruling.Overturned, stranger), 666e18);
        assertEq(_withdraw(caseId, 2, Ruling.Undecided, beneficiary), 1331e18);
        assertEq(_gain(stranger), 0);
        assertEq(_gain(beneficiary), 400 * E);
        assertEq(_withdraw(caseId, 1, Ruling.Upheld, outsider), 549e18);
        _claimAll(caseId);
        assertEq(_credit(address(disputeManager)), 0);
    }

    /* TOO LATE, TWICE */

    function test_RevertWhen_ProvenTwice() external {
        _open(receipt);
        _prove(receipt);
        vm.expectRevert(_seized());
        _prove(receipt);
        vm.expectRevert(_notOpen());
        disputeManager.settle(receipt);
    }

    function test_RevertWhen_TheClockHasOverturnedIt() external {
        _open(receipt);
        _voteAll(caseId, AT_FAULT);
        _skipPhase(caseId);
        vm.expectRevert(_seized());
        _prove(receipt);
        // Nothing of it happened: the ruling is applied by whoever settles.
        _assertStatus(receipt, AnswerStatus.Contested);
        disputeManager.settle(receipt);
        assertEq(_gain(opener), 195 * E);
        assertEq(_gain(challenger), 0);
    }

    /// @dev What the clock has decided is applied first, and then the time to contest is over.
    function test_RevertWhen_TheClockHasUpheldIt() external {
        _open(receipt);
        _voteAll(caseId, NOT_AT_FAULT);
        uint256 deadline = court.caseOf(caseId).deadline;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, caseId, deadline, deadline));
        _prove(receipt);
        _assertStatus(receipt, AnswerStatus.Contested);
        disputeManager.settle(receipt);
        _assertStatus(receipt, AnswerStatus.Final);
        assertEq(_gain(operator), 91.5e18);
    }

    function test_LastSecondOfTheLastAppealIsInTime() external {
        _open(receipt);
        _voteAll(caseId, NOT_AT_FAULT);
        vm.warp(court.caseOf(caseId).deadline - 1);
        assertEq(_prove(receipt), JUDGED_LOCK);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    function test_RevertWhen_SettledAfterAProof() external {
        _reach(1, ICourt.Phase.Seeding);
        _prove(receipt);
        vm.expectRevert(_notOpen());
        disputeManager.settle(receipt);
        _assertPhase(caseId, ICourt.Phase.Ended);
        vm.expectRevert(_notOpen());
        _contribute(caseId, Ruling.Overturned, rival, 1e18);
    }

    /* HELPERS */

    /// @dev From the opening to a phase of a round, everybody voting and revealing on the way; notes what jurors earn.
    function _reach(uint256 round, ICourt.Phase phase) private {
        uint96[3] memory fees = [uint96(45e18), 183e18, 600e18];
        _open(receipt);
        if (round > 0) {
            _voteAll(caseId, AT_FAULT);
            _appeal(caseId, Ruling.Upheld, outsider);
        }
        if (round > 1) {
            _voteAll(caseId, NOT_AT_FAULT);
            _appeal(caseId, Ruling.Overturned, rival);
        }
        for (uint256 i = 0; i < round; ++i) spent[i] = fees[i];
        if (phase == ICourt.Phase.Evidence) return;
        if (court.caseOf(caseId).phase == ICourt.Phase.Evidence) _skipPhase(caseId);
        if (phase == ICourt.Phase.Seeding) return;
        _toCommit(caseId, "this round's");
        for (uint256 i = 0; i < holders.length; ++i) _commitIfSeated(holders[i]);
        if (phase == ICourt.Phase.Commit) {
            spent[round] = fees[round] / 2;
            return;
        }
        _skipPhase(caseId);
        for (uint256 i = 0; i < holders.length; ++i) _revealIfSeated(round, holders[i]);
        spent[round] = fees[round];
        if (phase == ICourt.Phase.Appeal) _skipPhase(caseId);
        _assertPhase(caseId, phase);
    }

    function _commitIfSeated(address voter) private {
        (uint256 weight, ) = court.weightOf(caseId, voter);
        if (weight > 0) _commit(caseId, voter, NOT_AT_FAULT);
    }

    function _revealIfSeated(uint256 round, address voter) private {
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, voter);
        if (ballot.weight > 0) _reveal(caseId, voter, NOT_AT_FAULT);
    }

    function _proveAndAssert() private {
        uint256 rounds = court.caseOf(caseId).round + 1;
        assertEq(_prove(receipt), JUDGED_LOCK);
        assertEq(uint8(disputeManager.caseOf(caseId).state), uint8(IDisputeManager.CaseState.Settled));
        if (rounds > 1) _withdraw(caseId, 1, Ruling.Upheld, outsider);
        if (rounds > 2) _withdraw(caseId, 2, Ruling.Overturned, rival);
        _assertProven();
    }

    /// @dev Everybody's money, from what jurors were paid.
    function _assertProven() private {
        _claimAll(caseId);
        uint256 sum = spent[0] + spent[1] + spent[2];
        uint256 fees = sum < 240e18 ? sum : 240e18;
        uint256 bounty = 240e18 - fees < 200e18 ? 240e18 - fees : 200e18;
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(_gain(operator), -800 * E, "operator");
        assertEq(_gain(beneficiary), 400 * E, "beneficiary");
        assertEq(_gain(challenger), int256(bounty), "challenger");
        assertEq(_gain(opener), _refund(0, fees, sum), "opener");
        assertEq(_gain(outsider), _refund(1, fees, sum), "outsider");
        assertEq(_gain(rival), _refund(2, fees, sum), "rival");
        assertEq(_jurorsGain() + _dust(), int256(sum), "jurors");
        assertApproxEqAbs(_gain(RESERVE), int256(400e18 - fees - bounty), 2, "reserve");
        _assertConserved();
    }

    function _refund(uint256 round, uint256 fees, uint256 sum) private view returns (int256) {
        return sum == 0 ? int256(0) : int256((fees * spent[round]) / sum) - int256(spent[round]);
    }

    function _seized() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IAttestationRegistry.LockInState.selector,
                caseId,
                IAttestationRegistry.LockState.Seized,
                IAttestationRegistry.LockState.InBucket
            );
    }

    function _notOpen() private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDisputeManager.CaseInState.selector,
                caseId,
                IDisputeManager.CaseState.Settled,
                IDisputeManager.CaseState.Open
            );
    }
}
