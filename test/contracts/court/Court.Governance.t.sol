// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import { Court } from "../../../contracts/court/Court.sol";
import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice What governance can add to a court, that it changes nothing of a case, and who is let in to what.
contract CourtGovernanceTest is CourtTest {
    uint256 private constant FLOOR = 100_000e18;

    /* CONFIGS */

    function test_TheGovernorAppendsConfigs() external {
        ICourt.Config[] memory more = _courtConfigs();
        (more[0].evidence, more[0].rounds[0].fee) = (30 hours, 50e18);
        vm.expectEmit(address(court));
        emit ICourt.ConfigAdded(2);
        vm.expectEmit(address(court));
        emit ICourt.ConfigAdded(3);
        vm.prank(owner);
        assertEq(court.addConfigs(more), 2);
        assertEq(court.configCount(), 4);
        for (uint16 i = 0; i < 2; ++i) {
            assertEq(abi.encode(court.configOf(2 + i)), abi.encode(more[i]));
            assertEq(abi.encode(court.configOf(i)), abi.encode(_courtConfigs()[i]), "those before are what they were");
        }
        assertEq(abi.encode(court.feesOf(2)), abi.encode([uint256(50e18), 183e18, 600e18]));
        assertEq(court.firstRoundFee(2), 50e18);
        assertEq(court.shortestRound0(2), 30 hours + 24 hours + 24 hours + 36 hours);
        assertEq(court.shortestRound0(1), 1 hours + 45 minutes + 1 hours + 36 hours);
    }

    function test_RoundsThatAConfigLacksHaveNoFee() external {
        vm.prank(owner);
        court.addConfigs(_full());
        assertEq(abi.encode(court.feesOf(2)), abi.encode([uint256(60e18), 0, 0]));
    }

    /// @dev All of them or none.
    function test_RevertWhen_OneOfThemIsUnsound() external {
        ICourt.Config[] memory more = _courtConfigs();
        more[1].evidence = 1 hours - 1;
        vm.expectRevert(abi.encodeWithSelector(ICourt.WindowTooShort.selector, "evidence", 0, 1 hours - 1, 1 hours));
        vm.prank(owner);
        court.addConfigs(more);
        assertEq(court.configCount(), 2);
    }

    function test_RevertWhen_SomebodyElseAppendsConfigs() external {
        address[4] memory callers = [stranger, guardian, disputes, holders[0]];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            vm.prank(callers[i]);
            court.addConfigs(_courtConfigs());
        }
    }

    /// @dev Models name a config by 16 bits: 65,536 of them, and no number is given twice.
    function test_RevertWhen_NumbersRunOut() external {
        vm.record();
        court.configCount();
        (bytes32[] memory reads, ) = vm.accesses(address(court));
        vm.store(address(court), reads[0], bytes32(uint256(65_535)));
        vm.prank(owner);
        assertEq(court.addConfigs(_full()), 65_535);
        bytes memory full = abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 16, 65_536);
        vm.expectRevert(full);
        vm.prank(owner);
        court.addConfigs(_full());
        vm.store(address(court), reads[0], bytes32(uint256(65_535)));
        vm.expectRevert(full);
        vm.prank(owner);
        court.addConfigs(_courtConfigs());
    }

    function test_RevertWhen_TheConfigIsUnknown() external {
        bytes memory unknown = abi.encodeWithSelector(ICourt.ConfigUnknown.selector, 2, 2);
        vm.expectRevert(unknown);
        court.configOf(2);
        vm.expectRevert(unknown);
        court.feesOf(2);
        vm.expectRevert(unknown);
        court.firstRoundFee(2);
        vm.expectRevert(unknown);
        court.shortestRound0(2);
        vm.expectRevert(unknown);
        vm.prank(disputes);
        court.createDispute(keccak256("case"), 2, opener, "");
    }

    function test_AConfigAddedMidCaseChangesNothing() external {
        (, bytes32 caseId) = _openNew(1);
        ICourt.CaseView memory before = court.caseOf(caseId);
        ICourt.Config memory terms = court.configOf(STANDARD);
        vm.prank(owner);
        court.addConfigs(_full());
        assertEq(abi.encode(court.caseOf(caseId)), abi.encode(before));
        assertEq(abi.encode(court.configOf(STANDARD)), abi.encode(terms));
        _voteAll(caseId, NOT_AT_FAULT);
        assertEq(court.caseOf(caseId).deadline, before.openedAt + 24 hours + 24 hours + 24 hours + 36 hours);
        (, uint256 fee, ) = court.appealTerms(caseId);
        assertEq(fee, 183e18);
    }

    /* WIRING */

    function test_KnowsItsWiring() external view {
        assertEq(court.disputeManager(), disputes);
        assertEq(address(court.VAULT()), address(vault));
        assertEq(address(court.RULES()), address(protocol.configRules));
        assertEq(address(court.SEED_SOURCE()), address(protocol.seedSource));
        assertEq(court.MATURITY(), 7 days);
        assertEq(court.TOTAL_FLOOR(), FLOOR);
        assertEq(vault.court(), address(court));
    }

    function test_RevertWhen_SealedTwiceOrByAnybodyElse() external {
        vm.expectRevert(ICourt.AlreadySealed.selector);
        vm.prank(owner);
        court.seal(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        court.seal(stranger);
        assertEq(court.disputeManager(), disputes);
    }

    function test_RevertWhen_SealedWithoutADisputeManager() external {
        Court second = _deploy(address(protocol.seedSource), FLOOR);
        vm.startPrank(owner);
        vm.expectRevert(ICourt.ZeroAddress.selector);
        second.seal(address(0));
        second.seal(stranger);
        assertEq(second.disputeManager(), stranger);
    }

    function test_RevertWhen_DeployedWithoutSeedsOrAFloor() external {
        vm.expectRevert(ICourt.ZeroAddress.selector);
        this.deploy(address(0), FLOOR);
        vm.expectRevert(ICourt.TotalFloorZero.selector);
        this.deploy(address(protocol.seedSource), 0);
        assertEq(this.deploy(address(protocol.seedSource), 1).TOTAL_FLOOR(), 1);
    }

    function testFuzz_RevertWhen_CallerIsNotTheDisputeManager(address caller) external {
        vm.assume(caller != disputes);
        (, bytes32 caseId) = _openNew(1);
        bytes memory expected = abi.encodeWithSelector(ICourt.NotDisputeManager.selector, caller, disputes);
        vm.startPrank(caller);
        vm.expectRevert(expected);
        court.createDispute(keccak256("other case"), STANDARD, caller, "");
        vm.expectRevert(expected);
        court.appeal(caseId);
        vm.expectRevert(expected);
        court.conclude(caseId, true);
        vm.stopPrank();
        vm.prank(owner);
        (bool ok, ) = address(court).call(abi.encodeCall(court.conclude, (caseId, true)));
        assertFalse(ok, "no role decides a case");
    }

    function test_RevertWhen_TheCaseIsKnown() external {
        (, bytes32 caseId) = _openNew(1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CaseKnown.selector, caseId));
        vm.prank(disputes);
        court.createDispute(caseId, STANDARD, opener, "");
    }

    /// @dev What the court holds for jurors is nobody's to claim out of the vault.
    function test_RevertWhen_TheCourtsCreditIsClaimed() external {
        _openNew(1);
        assertEq(_credit(address(court)), 45e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, address(court)));
        vm.prank(stranger);
        vault.claim(address(court));
    }

    /* ANOTHER COURT */

    /// @dev A second court is announced, activated and used while the first decides a case, which it finishes.
    function test_ASecondCourtLetsTheFirstFinish() external {
        Court second = _deploy(address(protocol.seedSource), FLOOR);
        vm.startPrank(owner);
        second.seal(address(this));
        second.addConfigs(_full());
        vault.announceModule(address(second));
        vm.stopPrank();
        vm.warp(block.timestamp + 35 days - 30 hours);
        (CredenceReceipt memory receipt, bytes32 caseId) = _openNew(1);
        _toCommit(caseId, keccak256("seed"));
        for (uint256 i = 0; i < 5; ++i) _commit(caseId, holders[i], AT_FAULT);
        skip(6 hours);
        vault.activateModule(address(second));

        uint256 before = vault.lockedBy(address(court), holders[0]);
        bytes32 other = keccak256("a case of the second");
        second.createDispute(other, 0, opener, "");
        skip(24 hours - 8 hours);
        for (uint256 i = 5; i < 10; ++i) _commit(caseId, holders[i], AT_FAULT);
        skip(8 hours);
        // Only who opted in to the second court can be locked by it.
        bytes32 hash = second.commitHashOf(other, 0, holders[0], NOT_AT_FAULT, SALT);
        vm.startPrank(holders[0]);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NotOptedIn.selector, holders[0], address(second)));
        second.commit(other, holders[0], hash, "");
        vault.optIn(address(second));
        second.commit(other, holders[0], hash, "");
        vm.stopPrank();
        assertEq(vault.lockedBy(address(second), holders[0]), 400e18);
        assertEq(vault.lockedBy(address(court), holders[0]), before);

        _assertPhase(caseId, ICourt.Phase.Reveal);
        for (uint256 i = 0; i < 10; ++i) _reveal(caseId, holders[i], AT_FAULT);
        _skipPhase(caseId);
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        _assertStatus(receipt, AnswerStatus.Overturned);
        for (uint256 i = 0; i < 10; ++i) {
            uint256 wealth = _wealth(holders[i]);
            court.claim(caseId, 0, holders[i]);
            assertGt(_wealth(holders[i]), wealth);
            assertEq(vault.lockedBy(address(court), holders[i]), 0);
        }
        assertEq(vault.court(), address(court), "the first keeps its place");
    }

    /* HELPERS */

    /// @notice For expectRevert.
    function deploy(address seedSource, uint256 floor) external returns (Court) {
        return _deploy(seedSource, floor);
    }

    function _deploy(address seedSource, uint256 floor) private returns (Court deployed) {
        bytes memory code = abi.encodePacked(
            _shippedCode("contracts/court/Court.sol:Court"),
            abi.encode(protocol.access, protocol.configRules, seedSource, floor)
        );
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _full() private pure returns (ICourt.Config[] memory configs) {
        configs = new ICourt.Config[](1);
        configs[0] = ICourt.Config(24 hours, new ICourt.RoundTerms[](1));
        configs[0].rounds[0] = ICourt.RoundTerms(0, 0, 24 hours, 24 hours, 0, 60e18, 0, 200);
    }
}
