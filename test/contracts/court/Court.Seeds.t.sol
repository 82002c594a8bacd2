// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Court } from "../../../contracts/court/Court.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Wants a panel to its taste: calls only when the outcome suits, and undoes what does not.
contract SeedPicker {
    error Unsuitable(uint256 weight);

    Court private immutable COURT;

    constructor(Court court) {
        COURT = court;
    }

    /// @notice Both calls in one transaction.
    function nameAndFix(bytes32 caseId) external {
        COURT.nameSeed(caseId);
        COURT.fixSeed(caseId);
    }

    /// @notice Fixes the seed if `voter` gets at least `wanted` seats by it.
    function fixIf(bytes32 caseId, address voter, uint256 wanted) external {
        COURT.fixSeed(caseId);
        (uint256 weight, ) = COURT.weightOf(caseId, voter);
        if (weight < wanted) revert Unsuitable(weight);
    }
}

/// @notice How panels get their seed, how it cannot be chosen, and what happens without one.
contract CourtSeedsTest is CourtTest {
    address private constant HISTORY_STORAGE = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant HISTORY = 8_191;
    /// @dev Of the judged answer: the fee of the second round, being more than 10 % of its lock.
    uint256 private constant BOND = 183e18;
    uint256 private constant FEE = 45e18;
    bytes32 private constant HASH = keccak256("hash");

    CredenceReceipt private receipt;
    bytes32 private caseId;
    address private outsider = makeAddr("outsider");

    function setUp() public override {
        super.setUp();
        // The history as EIP-2935 fixes it; the test network's own refuses with a reason.
        vm.etch(
            HISTORY_STORAGE,
            hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
            hex"611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        );
        _approve(outsider);
        (receipt, caseId) = _openNew(1);
        _skipPhase(caseId);
    }

    /* NAMING AND FIXING */

    function test_AnybodyNamesTheNextBlockAndFixesItsHash() external {
        uint48 ticket = uint48(block.number + 1);
        vm.expectEmit(address(court));
        emit ICourt.SeedRequested(caseId, 0, ticket);
        vm.prank(stranger);
        court.nameSeed(caseId);
        assertEq(court.roundOf(caseId, 0).ticket, ticket);
        _assertNobodyHasASeat();

        vm.roll(ticket + 1);
        vm.setBlockhash(ticket, HASH);
        skip(10 minutes);
        vm.expectEmit(address(court));
        emit ICourt.SeedFixed(caseId, 0, HASH);
        vm.prank(outsider);
        court.fixSeed(caseId);
        ICourt.RoundView memory r = court.roundOf(caseId, 0);
        assertEq(r.seed, HASH);
        assertEq(r.seededAt, block.timestamp);
        assertEq(r.startedAt, 0);
        _assertPhase(caseId, ICourt.Phase.Commit);
    }

    /// @dev 20,000 of 200,000 for 15 seats: one seat and a half.
    function test_SeatsAreWhatTheSeedSays() external {
        _seed(caseId, HASH);
        uint256 luckier = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            bytes32 draw = keccak256(abi.encode(HASH, caseId, uint256(0), holders[i]));
            bool lucky = uint256(draw) % 200_000e18 < 100_000e18;
            if (lucky) ++luckier;
            (uint256 weight, uint256 risk) = court.weightOf(caseId, holders[i]);
            assertEq(weight, lucky ? 2 : 1);
            assertEq(risk, weight * 30e18);
        }
        assertGt(luckier, 0);
        assertLt(luckier, holders.length);
        (uint256 none, uint256 noRisk) = court.weightOf(caseId, stranger);
        assertEq(none + noRisk, 0);
    }

    function test_RevertWhen_TheSeedIsNotKnown() external {
        vm.expectRevert(abi.encodeWithSelector(ICourt.SeedUnknown.selector, caseId, 0, 0));
        court.fixSeed(caseId);
        uint48 ticket = uint48(block.number + 1);
        court.nameSeed(caseId);
        bytes memory unknown = abi.encodeWithSelector(ICourt.SeedUnknown.selector, caseId, 0, ticket);
        vm.expectRevert(unknown);
        court.fixSeed(caseId);
        vm.roll(ticket);
        vm.expectRevert(unknown);
        court.fixSeed(caseId);
        _assertNobodyHasASeat();
    }

    /// @dev From the naming to the last block in which the history knows it.
    function test_RevertWhen_NamedAgainWhileItMayStillBeFixed() external {
        uint48 ticket = uint48(block.number + 1);
        court.nameSeed(caseId);
        bytes memory named = abi.encodeWithSelector(ICourt.SeedNamed.selector, caseId, 0, ticket);
        vm.store(HISTORY_STORAGE, bytes32(uint256(ticket) % HISTORY), HASH);
        uint256[4] memory blocks = [uint256(ticket) - 1, ticket, ticket + 1, ticket + HISTORY];
        for (uint256 i = 0; i < blocks.length; ++i) {
            vm.roll(blocks[i]);
            vm.expectRevert(named);
            court.nameSeed(caseId);
        }
    }

    function test_ALostSeedIsNamedAgain() external {
        uint48 ticket = uint48(block.number + 1);
        court.nameSeed(caseId);
        vm.roll(ticket + HISTORY + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SeedUnknown.selector, caseId, 0, ticket));
        court.fixSeed(caseId);
        vm.expectEmit(address(court));
        emit ICourt.SeedRequested(caseId, 0, uint48(ticket + HISTORY + 2));
        court.nameSeed(caseId);
        vm.roll(block.number + 2);
        vm.setBlockhash(block.number - 1, HASH);
        court.fixSeed(caseId);
        assertEq(court.roundOf(caseId, 0).seed, HASH);
    }

    function test_EachPanelHasASeedOfItsOwn() external {
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        assertEq(court.roundOf(caseId, 1).startedAt, block.timestamp);
        assertEq(court.roundOf(caseId, 1).ticket, 0);
        _assertNobodyHasASeat();
        _seed(caseId, HASH);
        assertEq(court.roundOf(caseId, 1).seed, HASH);
        assertNotEq(court.roundOf(caseId, 0).seed, HASH);
    }

    /// @dev One hash draws different panels for different cases.
    function test_TheSameSeedDrawsAnotherPanelForAnotherCase() external {
        _seed(caseId, HASH);
        (, bytes32 other) = _openNew(2);
        _skipPhase(other);
        _seed(other, HASH);
        uint256 different = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            (uint256 a, ) = court.weightOf(caseId, holders[i]);
            (uint256 b, ) = court.weightOf(other, holders[i]);
            if (a != b) ++different;
        }
        assertGt(different, 0);
    }

    /* CHOOSING THE PANEL */

    function test_RevertWhen_NamedAndFixedAtOnce() external {
        SeedPicker picker = new SeedPicker(court);
        uint48 ticket = uint48(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SeedUnknown.selector, caseId, 0, ticket));
        picker.nameAndFix(caseId);
        assertEq(court.roundOf(caseId, 0).ticket, 0);
    }

    /// @dev The picker undoes the fixing that does not suit it. It can neither name another block nor hinder anybody
    /// else from fixing the same seed, so the panel is the one it did not want, and decides against it.
    function test_WhoCallsOnlyWhenThePanelSuitsGainsNothing() external {
        SeedPicker picker = new SeedPicker(court);
        address attacker = holders[0];
        uint256 before = _wealth(attacker) + _wealth(opener);
        court.nameSeed(caseId);
        uint48 ticket = court.roundOf(caseId, 0).ticket;
        vm.roll(ticket + 1);
        bytes32 bad = _hashThatGives(attacker, 1);
        vm.setBlockhash(ticket, bad);
        vm.startPrank(attacker);
        vm.expectRevert(abi.encodeWithSelector(SeedPicker.Unsuitable.selector, 1));
        picker.fixIf(caseId, attacker, 2);
        vm.expectRevert(abi.encodeWithSelector(ICourt.SeedNamed.selector, caseId, 0, ticket));
        court.nameSeed(caseId);
        vm.stopPrank();

        court.fixSeed(caseId);
        assertEq(court.roundOf(caseId, 0).seed, bad);
        uint8[] memory choices = new uint8[](10);
        for (uint256 i = 0; i < 10; ++i) choices[i] = i == 0 ? AT_FAULT : NOT_AT_FAULT;
        _vote(caseId, holders, choices);
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        court.claim(caseId, 0, attacker);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        // Besides the bond and the fee, which it had put down before, half of what its seat risked.
        assertEq(_wealth(attacker) + _wealth(opener), before - 15e18);
    }

    /* WITHOUT A SEED */

    function test_WithoutASeedNobodyHasASeat() external {
        court.nameSeed(caseId);
        skip(12 hours);
        _assertPhase(caseId, ICourt.Phase.Commit);
        _assertNobodyHasASeat();
        bytes32 hash = _hashOf(caseId, holders[0], AT_FAULT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSeeded.selector, caseId, 0));
        vm.prank(holders[0]);
        court.commit(caseId, holders[0], hash, "");
        // The seed is known, and too late.
        vm.roll(block.number + 2);
        vm.setBlockhash(block.number - 1, HASH);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                caseId,
                ICourt.Phase.Commit,
                ICourt.Phase.Seeding,
                block.timestamp,
                block.timestamp + 24 hours
            )
        );
        court.fixSeed(caseId);
        _skipPhase(caseId);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoBallot.selector, caseId, 0, holders[0]));
        court.reveal(caseId, holders[0], AT_FAULT, SALT);
    }

    /// @dev Nobody cared for the seed: undecided, everybody has back what they put down, and the answer says so.
    function test_WithoutASeedAndAnAppealTheCaseIsUndecided() external {
        uint256 before = _wealth(opener);
        skip(12 hours + 24 hours + 24 hours);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Undecided));
        skip(36 hours);
        disputeManager.settle(receipt);
        assertEq(_wealth(opener), before + BOND + FEE);
        assertEq(_credit(address(court)), 0);
        _assertStatus(receipt, AnswerStatus.Undecided);
    }

    /// @dev Letting the seed lapse is no way to another panel: there is one case for each answer, and an outsider's appeal
    /// is heard.
    function test_LettingTheSeedLapseGainsNothing() external {
        uint256 before = _wealth(opener);
        skip(12 hours + 48 hours);
        _appeal(caseId, Ruling.Upheld, outsider);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Undecided));
        _voteAll(caseId, NOT_AT_FAULT);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        assertEq(_wealth(opener), before + FEE, "the first panel earned nothing; the bond is lost");
        disputeManager.withdrawContribution(caseId, 1, Ruling.Upheld, outsider);
        assertEq(_wealth(outsider), 10_000e18, "all back, its fee from the opener's bond");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeManager.CaseInState.selector,
                caseId,
                IDisputeManager.CaseState.Settled,
                IDisputeManager.CaseState.None
            )
        );
        _open(receipt);
    }

    /// @dev An appeal whose panel gets no seed changes nothing: the ruling before it stands, and the fee comes back.
    function test_WithoutASeedInTheAppealTheRulingStands() external {
        uint256 opened = _wealth(opener) + BOND + FEE;
        _voteAll(caseId, AT_FAULT);
        _appeal(caseId, Ruling.Upheld, outsider);
        skip(12 hours);
        bytes32 hash = _hashOf(caseId, holders[0], NOT_AT_FAULT);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NotSeeded.selector, caseId, 1));
        vm.prank(holders[0]);
        court.commit(caseId, holders[0], hash, "");
        skip(36 hours + 24 hours);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Upheld, outsider);
        assertEq(_wealth(outsider), 10_000e18 - 2 * BOND);
        assertEq(_wealth(opener), opened + 200e18, "its fee from the appellant's bond, and the whole bounty");
        assertEq(_credit(beneficiary), JUDGED_COVERAGE);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    /* HELPERS */

    function _assertNobodyHasASeat() private view {
        for (uint256 i = 0; i < holders.length; ++i) {
            (uint256 weight, uint256 risk) = court.weightOf(caseId, holders[i]);
            assertEq(weight + risk, 0);
        }
    }

    /// @dev A hash that draws exactly so many seats for the voter in round 0.
    function _hashThatGives(address voter, uint256 seats) private view returns (bytes32 hash) {
        for (uint256 i = 0; ; ++i) {
            hash = keccak256(abi.encode("grind", i));
            bool lucky = uint256(keccak256(abi.encode(hash, caseId, uint256(0), voter))) % 200_000e18 < 100_000e18;
            if (seats == (lucky ? 2 : 1)) return hash;
        }
    }
}
