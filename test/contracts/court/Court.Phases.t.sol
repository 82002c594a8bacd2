// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Where a case stands at each second, and what each call says when it comes at the wrong one.
contract CourtPhasesTest is CourtTest {
    uint16 private constant FULL = 2;
    bytes32 private constant UNKNOWN = keccak256("no such case");

    bytes32 private caseId;
    CredenceReceipt private receipt;

    function setUp() public override {
        super.setUp();
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = ICourt.Config(24 hours, new ICourt.RoundTerms[](1));
        more[0].rounds[0] = ICourt.RoundTerms(0, 0, 20 hours, 30 hours, 0, 60e18, 0, 200);
        vm.prank(owner);
        court.addConfigs(more);
    }

    /* THE CLOCK */

    function test_APanelWithoutASeedKeepsItsHours() external {
        (, caseId) = _openNew(1);
        ICourt.CaseView memory c = court.caseOf(caseId);
        assertEq(c.openedAt, block.timestamp);
        assertEq(c.total, 200_000e18);
        assertEq(c.config, STANDARD);
        _assertStay(0, ICourt.Phase.Evidence, 24 hours);
        _assertStay(0, ICourt.Phase.Seeding, 12 hours);
        _assertStay(0, ICourt.Phase.Commit, 24 hours);
        _assertStay(0, ICourt.Phase.Reveal, 24 hours);
        _assertStay(0, ICourt.Phase.Appeal, 36 hours);
        _assertFinal(0);
    }

    function test_EveryRoundKeepsItsHours() external {
        address outsider = makeAddr("outsider");
        _approve(outsider);
        (, caseId) = _openNew(1);
        _assertStay(0, ICourt.Phase.Evidence, 24 hours);
        _seed(caseId, keccak256("seed"));
        _assertStay(0, ICourt.Phase.Commit, 24 hours);
        _assertStay(0, ICourt.Phase.Reveal, 24 hours);
        skip(36 hours - 1);
        _appeal(caseId, Ruling.Upheld, outsider);
        _assertStay(1, ICourt.Phase.Seeding, 12 hours);
        _assertStay(1, ICourt.Phase.Commit, 36 hours);
        _assertStay(1, ICourt.Phase.Reveal, 24 hours);
        skip(7 hours);
        _appeal(caseId, Ruling.Overturned, outsider);
        _assertStay(2, ICourt.Phase.Commit, 72 hours);
        _assertStay(2, ICourt.Phase.Reveal, 48 hours);
        _assertFinal(2);
    }

    function test_TheFastProfileKeepsItsHours() external {
        caseId = _openUnder(FAST);
        _assertStay(0, ICourt.Phase.Evidence, 1 hours);
        _assertStay(0, ICourt.Phase.Seeding, 2 hours);
        _assertStay(0, ICourt.Phase.Commit, 45 minutes);
        _assertStay(0, ICourt.Phase.Reveal, 1 hours);
        _assertStay(0, ICourt.Phase.Appeal, 36 hours);
        _assertFinal(0);
    }

    /// @dev A full vote needs no seed, and its last round no time to appeal.
    function test_AFullVoteFollowsTheEvidence() external {
        caseId = _openUnder(FULL);
        _assertStay(0, ICourt.Phase.Evidence, 24 hours);
        _assertStay(0, ICourt.Phase.Commit, 20 hours);
        _assertStay(0, ICourt.Phase.Reveal, 30 hours);
        _assertFinal(0);
    }

    /// @dev Whenever the seed is fixed, jurors have the whole of the commit phase.
    function testFuzz_CommitIsCountedFromTheSeed(uint256 delay) external {
        (, caseId) = _openNew(1);
        _skipPhase(caseId);
        skip(bound(delay, 0, 12 hours - 1));
        _seed(caseId, keccak256("seed"));
        assertEq(court.roundOf(caseId, 0).seededAt, block.timestamp);
        _assertStay(0, ICourt.Phase.Commit, 24 hours);
    }

    function testFuzz_ThePhaseIsAFunctionOfTheClock(uint256 later) external {
        (, caseId) = _openNew(1);
        later = bound(later, 0, 200 hours);
        skip(later);
        ICourt.Phase expected = ICourt.Phase.Final;
        if (later < 24 hours) expected = ICourt.Phase.Evidence;
        else if (later < 36 hours) expected = ICourt.Phase.Seeding;
        else if (later < 60 hours) expected = ICourt.Phase.Commit;
        else if (later < 84 hours) expected = ICourt.Phase.Reveal;
        else if (later < 120 hours) expected = ICourt.Phase.Appeal;
        _assertPhase(caseId, expected);
    }

    function test_AnUnknownCaseIsNothing() external view {
        ICourt.CaseView memory c = court.caseOf(UNKNOWN);
        assertEq(keccak256(abi.encode(c)), keccak256(new bytes(192)));
        assertEq(keccak256(abi.encode(court.roundOf(UNKNOWN, 0))), keccak256(new bytes(256)));
        (uint256 weight, uint256 risk) = court.weightOf(UNKNOWN, holders[0]);
        assertEq(weight + risk, 0);
        assertFalse(court.isAppealable(UNKNOWN, 1));
    }

    /* FINAL WITHOUT ANY CALL */

    function test_ARulingIsFinalWithoutAnyCall() external {
        (receipt, caseId) = _openNew(1);
        _voteAll(caseId, NOT_AT_FAULT);
        _skipPhase(caseId);
        _assertPhase(caseId, ICourt.Phase.Final);
        skip(100 days);
        _assertPhase(caseId, ICourt.Phase.Final);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        court.claim(caseId, 0, holders[0]);
        disputeManager.settle(receipt);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /* EVIDENCE */

    function test_EvidenceIsInTimeUntilItsLastSecond() external {
        (, caseId) = _openNew(1);
        skip(24 hours - 1);
        vm.expectEmit(address(court));
        emit ICourt.Evidence(address(court), uint256(caseId), stranger, "ipfs://late but in time");
        vm.prank(stranger);
        court.submitEvidence(caseId, "ipfs://late but in time");
        skip(1);
        vm.expectEmit(address(court));
        emit ICourt.LateEvidence(address(court), uint256(caseId), stranger, "ipfs://too late");
        vm.prank(stranger);
        court.submitEvidence(caseId, "ipfs://too late");
        // Late evidence never becomes an obstacle, nor timely again when a round opens.
        skip(100 hours);
        vm.expectEmit(address(court));
        emit ICourt.LateEvidence(address(court), uint256(caseId), stranger, "ipfs://much too late");
        vm.prank(stranger);
        court.submitEvidence(caseId, "ipfs://much too late");
    }

    function test_OpeningIsAnnouncedWithItsEvidence() external {
        receipt = _judgedAnswer(1);
        bytes32 id = _id(receipt);
        vm.expectEmit(address(court));
        emit ICourt.CaseCreated(id, STANDARD, 200_000e18, block.timestamp - 7 days);
        vm.expectEmit(address(court));
        emit ICourt.Evidence(address(court), uint256(id), opener, "ipfs://evidence");
        _open(receipt);
    }

    /* EACH CALL IN EVERY WRONG PHASE */

    function test_RevertWhen_ThereIsNoCase() external {
        caseId = UNKNOWN;
        _assertRefusals(ICourt.Phase.None);
        _assertRefused(address(this), abi.encodeCall(court.submitEvidence, (caseId, "")), ICourt.Phase.Evidence);
        _assertRefused(disputes, abi.encodeCall(court.conclude, (caseId, true)), ICourt.Phase.Final);
        _assertNoRuling();
    }

    function test_RevertWhen_InEvidence() external {
        (, caseId) = _openNew(1);
        _assertRefusals(ICourt.Phase.Evidence);
        skip(24 hours - 1);
        _assertRefusals(ICourt.Phase.Evidence);
        _assertNoRuling();
    }

    function test_RevertWhen_InSeeding() external {
        (, caseId) = _openNew(1);
        skip(24 hours);
        _assertRefusals(ICourt.Phase.Seeding);
        skip(12 hours - 1);
        _assertRefusals(ICourt.Phase.Seeding);
        _assertNoRuling();
    }

    function test_RevertWhen_InCommit() external {
        (, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        _assertRefusals(ICourt.Phase.Commit);
        skip(24 hours - 1);
        _assertRefusals(ICourt.Phase.Commit);
        _assertNoRuling();
    }

    function test_RevertWhen_InReveal() external {
        (, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        skip(24 hours);
        _assertRefusals(ICourt.Phase.Reveal);
        skip(24 hours - 1);
        _assertRefusals(ICourt.Phase.Reveal);
        _assertNoRuling();
    }

    function test_RevertWhen_InAppeal() external {
        (, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        skip(48 hours);
        _assertRefusals(ICourt.Phase.Appeal);
        skip(36 hours - 1);
        _assertRefusals(ICourt.Phase.Appeal);
    }

    function test_RevertWhen_Final() external {
        (, caseId) = _openNew(1);
        skip(24 hours + 12 hours + 84 hours);
        _assertRefusals(ICourt.Phase.Final);
        skip(365 days);
        _assertRefusals(ICourt.Phase.Final);
    }

    function test_RevertWhen_EndedByProof() external {
        (receipt, caseId) = _openNew(1);
        vm.prank(replay);
        disputeManager.overturn(receipt, stranger, ISlashingRegistry.Offence.FalseAnswer);
        _assertRefusals(ICourt.Phase.Ended);
        skip(365 days);
        _assertRefusals(ICourt.Phase.Ended);
        _assertRefused(disputes, abi.encodeCall(court.conclude, (caseId, true)), ICourt.Phase.Final);
        _assertNoRuling();
    }

    /* BOTH SIDES OF A SECOND */

    function test_TheLastSecondOfEachPhaseCounts() external {
        (receipt, caseId) = _openNew(1);
        skip(36 hours - 1);
        _seed(caseId, keccak256("seed"));
        // Two transactions of one second: the seed and the first ballot.
        _commit(caseId, holders[0], AT_FAULT);
        skip(24 hours - 1);
        for (uint256 i = 1; i < 10; ++i) _commit(caseId, holders[i], AT_FAULT);
        skip(1);
        _reveal(caseId, holders[0], AT_FAULT);
        skip(24 hours - 1);
        for (uint256 i = 1; i < 10; ++i) _reveal(caseId, holders[i], AT_FAULT);
        skip(36 hours);
        _appeal(caseId, Ruling.Upheld, opener);
        assertEq(court.caseOf(caseId).round, 1);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
    }

    /// @dev The last to reveal cannot wait to see whether it is needed and then come late.
    function test_TheLastRevealerWhoWithholdsLosesItsRiskAndChangesNothing() external {
        (, caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        address last = holders[9];
        uint256 before = _wealth(last);
        for (uint256 i = 0; i < 10; ++i) _commit(caseId, holders[i], i == 9 ? NOT_AT_FAULT : AT_FAULT);
        (, uint256 risk) = court.weightOf(caseId, last);
        _skipPhase(caseId);
        for (uint256 i = 0; i < 9; ++i) _reveal(caseId, holders[i], AT_FAULT);
        _skipPhase(caseId);
        bytes memory late = abi.encodeCall(court.reveal, (caseId, last, NOT_AT_FAULT, SALT));
        _assertRefused(last, late, ICourt.Phase.Reveal);
        _skipPhase(caseId);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        court.claim(caseId, 0, last);
        assertEq(_wealth(last), before - risk);
    }

    /* HELPERS */

    function _openUnder(uint16 config) private returns (bytes32) {
        IModelRegistry.Policy memory policy = _judgedPolicy();
        (policy.challengeWindow, policy.courtConfig) = (10 hours, config);
        judgedModelId = _publishJudged(policy);
        (, bytes32 id) = _openNew(1);
        assertEq(court.caseOf(id).config, config);
        return id;
    }

    /// @dev The case is in this phase now and until the last second of it; goes to its end.
    function _assertStay(uint256 round, ICourt.Phase phase, uint256 duration) private {
        uint256 end = block.timestamp + duration;
        for (uint256 i = 0; i < 2; ++i) {
            ICourt.CaseView memory c = court.caseOf(caseId);
            assertEq(uint8(c.phase), uint8(phase), "phase");
            assertEq(c.deadline, end, "deadline");
            assertEq(c.round, round, "round");
            vm.warp(end - 1);
        }
        vm.warp(end);
    }

    function _assertFinal(uint256 round) private view {
        ICourt.CaseView memory c = court.caseOf(caseId);
        assertEq(uint8(c.phase), uint8(ICourt.Phase.Final), "phase");
        assertEq(c.deadline, 0, "deadline");
        assertEq(c.round, round, "round");
    }

    function _assertNoRuling() private {
        ICourt.CaseView memory c = court.caseOf(caseId);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoRulingYet.selector, caseId, c.phase, c.deadline));
        court.currentRuling(caseId);
    }

    /// @dev Every call that belongs to another phase than the current one is refused.
    function _assertRefusals(ICourt.Phase phase) private {
        _assertPhase(caseId, phase);
        address voter = holders[0];
        ICourt.SignedCommit memory signed = ICourt.SignedCommit(caseId, voter, SALT, "", uint40(block.timestamp));
        if (phase != ICourt.Phase.Seeding) {
            _assertRefused(stranger, abi.encodeCall(court.nameSeed, (caseId)), ICourt.Phase.Seeding);
            _assertRefused(stranger, abi.encodeCall(court.fixSeed, (caseId)), ICourt.Phase.Seeding);
        }
        if (phase != ICourt.Phase.Commit) {
            _assertRefused(voter, abi.encodeCall(court.commit, (caseId, voter, SALT, "")), ICourt.Phase.Commit);
            _assertRefused(stranger, abi.encodeCall(court.commitSigned, (signed, "")), ICourt.Phase.Commit);
        }
        if (phase != ICourt.Phase.Reveal) {
            bytes memory data = abi.encodeCall(court.reveal, (caseId, voter, AT_FAULT, SALT));
            _assertRefused(voter, data, ICourt.Phase.Reveal);
        }
        if (phase != ICourt.Phase.Appeal) {
            _assertRefused(stranger, abi.encodeCall(court.appealTerms, (caseId)), ICourt.Phase.Appeal);
            _assertRefused(disputes, abi.encodeCall(court.appeal, (caseId)), ICourt.Phase.Appeal);
        }
        if (phase == ICourt.Phase.Final) return;
        _assertRefused(disputes, abi.encodeCall(court.conclude, (caseId, false)), ICourt.Phase.Final);
        if (phase == ICourt.Phase.Ended) return;
        _assertRefused(stranger, abi.encodeCall(court.claim, (caseId, 0, voter)), ICourt.Phase.Final);
    }

    function _assertRefused(address caller, bytes memory data, ICourt.Phase expected) private {
        ICourt.CaseView memory c = court.caseOf(caseId);
        vm.prank(caller);
        (bool ok, bytes memory reason) = address(court).call(data);
        assertFalse(ok, "refused");
        assertEq(
            reason,
            abi.encodeWithSelector(ICourt.CaseInPhase.selector, caseId, c.phase, expected, block.timestamp, c.deadline)
        );
    }
}
