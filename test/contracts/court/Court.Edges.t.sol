// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SafeCast } from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Jurors who rule wrongly on purpose and finance the appeal that turns it lose by it.
contract CourtRingsTest is CourtTest {
    uint256 private constant RING = 15; // of 48: 31 % of the stake

    function _holderCount() internal pure override returns (uint256) {
        return 48;
    }

    function test_ARingDoesNotGainByTurningItsOwnWrongRuling() external {
        CredenceReceipt memory receipt = _judged(1);
        receipt.coverage = 10_000e18;
        _publish(_anchorOne(receipt));
        bytes32 caseId = _open(receipt);
        address funder = makeAddr("ring's purse");
        _approve(funder);
        _skipPhase(caseId);
        _seed(caseId, _luckySeed(caseId));
        uint256 before = _wealth(funder) + _ringWealth();
        // Seats are known before the commit: the ring votes wrongly only because it has the majority. All honest vote.
        _voteAs(caseId, NOT_AT_FAULT);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        // First block of the appeal phase: the whole pool at once; nobody else can be part of it.
        _appeal(caseId, Ruling.Overturned, funder);
        _seed(caseId, keccak256("second"));
        _voteAs(caseId, AT_FAULT);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Overturned, funder);
        for (uint256 r = 0; r < 2; ++r)
            for (uint256 i = 0; i < holders.length; ++i) {
                (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, r, holders[i]);
                if (ballot.weight > 0) court.claim(caseId, r, holders[i]);
            }
        assertLt(_wealth(funder) + _ringWealth(), before, "the ring gains");
        assertEq(uint8(attestations.checkReceipt(receipt).status), uint8(AnswerStatus.Overturned));
    }

    /// @dev A seed with which 31 % of the stake has the majority of the seats, everybody voting: one in thirty or so.
    function _luckySeed(bytes32 caseId) private returns (bytes32 lucky) {
        for (uint256 s = 0; s < 400; ++s) {
            bytes32 seed = keccak256(abi.encode("lucky", s));
            (uint256 ring, uint256 others) = (0, 0);
            for (uint256 i = 0; i < holders.length; ++i) {
                uint256 chance =
                    uint256(keccak256(abi.encode(seed, caseId, uint256(0), holders[i]))) % (48 * HOLDER_STAKE);
                if (chance < 15 * HOLDER_STAKE) i < RING ? ++ring : ++others;
            }
            if (ring > others) return seed;
        }
    }

    function _voteAs(bytes32 caseId, uint8 ringChoice) private {
        uint8[] memory choices = new uint8[](holders.length);
        for (uint256 i = 0; i < choices.length; ++i) choices[i] = i < RING ? ringChoice : AT_FAULT;
        _vote(caseId, holders, choices);
    }

    function _ringWealth() private view returns (uint256 sum) {
        for (uint256 i = 0; i < RING; ++i) sum += _wealth(holders[i]);
    }
}

/// @notice Money that others keep as credit, tokens of few decimals, and a list that never wraps.
contract CourtEdgesTest is CourtTest {
    /// @dev Anybody may claim for anybody, but not for those who hold others' money.
    function test_RevertWhen_AStrangerClaimsPooledCredit() external {
        (CredenceReceipt memory receipt, bytes32 caseId) = _openNew(1);
        address[2] memory keepers = [address(court), address(disputeManager)];
        for (uint256 i = 0; i < 2; ++i) {
            assertGt(_credit(keepers[i]), 0);
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, keepers[i]));
            vm.prank(stranger);
            vault.claim(keepers[i]);
        }
        _voteAll(caseId, AT_FAULT);
        _skipPhase(caseId);
        disputeManager.settle(receipt);
        assertEq(_credit(beneficiary), JUDGED_COVERAGE);
    }

    /// @dev 600 units of a token of six decimals are less than the 2^31 parts of a full vote.
    function test_AFullVotePaysInTokensOfFewDecimals() external {
        ICourt.RoundTerms[] memory rounds = new ICourt.RoundTerms[](1);
        rounds[0] = ICourt.RoundTerms(0, 0, 72 hours, 48 hours, 0, 600e6, 0, 200);
        ICourt.Config[] memory configs = new ICourt.Config[](1);
        configs[0] = ICourt.Config(24 hours, rounds);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        vm.prank(owner);
        policy.courtConfig = court.addConfigs(configs);
        judgedModelId = _publishJudged(policy);
        (CredenceReceipt memory receipt, bytes32 caseId) = _openNew(1);
        _voteAll(caseId, AT_FAULT);
        disputeManager.settle(receipt);
        for (uint256 i = 0; i < holders.length; ++i) {
            court.claim(caseId, 0, holders[i]);
            assertEq(_credit(holders[i]), 60e6);
        }
        assertEq(_credit(address(court)), 0);
    }

    /// @dev The count is in slot 0 of the court's storage: found by its value, and asserted.
    function test_RevertWhen_ConfigsWouldWrap() external {
        bytes32 slot = 0;
        while (uint256(vm.load(address(court), slot)) != 2) slot = bytes32(uint256(slot) + 1);
        vm.store(address(court), slot, bytes32(uint256(65_536)));
        assertEq(court.configCount(), 65_536);
        ICourt.Config[] memory configs = _courtConfigs();
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 16, 65_536));
        vm.prank(owner);
        court.addConfigs(configs);
    }
}
