// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { MAX_ROUNDS, Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice However a case goes, it takes nothing of another case's money and leaves nothing behind.
contract CourtConservationTest is CourtTest {
    address[] private funders;
    uint16[] private configs;
    bytes32[] private models;
    uint256 private entropy;
    bytes32 private caseId;
    CredenceReceipt private receipt;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            funders.push(makeAddr(string.concat("funder ", vm.toString(i))));
            _approve(funders[i]);
        }
        configs.push(STANDARD);
        ICourt.RoundTerms[] memory one = new ICourt.RoundTerms[](1);
        one[0] = ICourt.RoundTerms(0, 0, 72 hours, 48 hours, 0, 45e18 + 7, 0, 200);
        _add(ICourt.Config(24 hours, one));
        ICourt.RoundTerms[] memory single = new ICourt.RoundTerms[](1);
        single[0] = ICourt.RoundTerms(15, 12 hours, 72 hours, 48 hours, 0, 45e18 + 13, 10, 0);
        _add(ICourt.Config(24 hours, single));
        ICourt.RoundTerms[] memory two = new ICourt.RoundTerms[](2);
        two[0] = ICourt.RoundTerms(7, 12 hours, 24 hours, 24 hours, 36 hours, 45e18 + 1, 3, 0);
        two[1] = ICourt.RoundTerms(21, 12 hours, 24 hours, 24 hours, 0, 45e18 + 3, 7, 0);
        _add(ICourt.Config(24 hours, two));
        for (uint256 i = 0; i < configs.length; ++i) {
            IModelRegistry.Policy memory policy = _judgedPolicy();
            policy.courtConfig = configs[i];
            models.push(i == 0 ? judgedModelId : _publishJudged(policy));
        }
    }

    function _add(ICourt.Config memory config) private {
        ICourt.Config[] memory list = new ICourt.Config[](1);
        list[0] = config;
        vm.prank(owner);
        configs.push(court.addConfigs(list));
    }

    function _below(uint256 n) private returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % n;
    }

    /// forge-config: default.fuzz.runs = 100
    function testFuzz_CasesPayForThemselves(uint256 seed) external {
        entropy = seed;
        (, bytes32 other) = _openNew(77);
        uint256 otherBond = disputeManager.caseOf(other).bond;
        judgedModelId = models[_below(models.length)];
        receipt = _judged(1);
        receipt.coverage = uint96(400e18 + _below(5_000e18));
        _publish(_anchorOne(receipt));
        uint256 all = _all();
        caseId = _open(receipt);
        _run();
        _finish();
        // The other case's fee, and dust of less than a unit for each ballot.
        assertGe(_credit(address(court)), 45e18, "court");
        assertLt(_credit(address(court)), 45e18 + MAX_ROUNDS * holders.length, "dust");
        assertEq(_credit(address(disputeManager)), otherBond, "disputes");
        assertEq(_all(), all, "conserved");
        for (uint256 i = 0; i < holders.length; ++i) assertEq(vault.lockedBy(address(court), holders[i]), 0, "lock");
    }

    function _all() private view returns (uint256 sum) {
        for (uint256 i = 0; i < holders.length; ++i) sum += _wealth(holders[i]);
        for (uint256 i = 0; i < funders.length; ++i) sum += _wealth(funders[i]);
        sum += _wealth(opener) + _wealth(operator) + _wealth(beneficiary) + _wealth(RESERVE) + _wealth(stranger);
        sum += _wealth(address(court)) + _wealth(address(disputeManager));
    }

    function _proven() private returns (bool) {
        if (_below(25) != 0) return false;
        vm.prank(replay);
        disputeManager.overturn(receipt, stranger, ISlashingRegistry.Offence.FalseAnswer);
        return true;
    }

    function _run() private {
        while (true) {
            if (_proven()) return;
            if (court.caseOf(caseId).phase == ICourt.Phase.Evidence) _skipPhase(caseId);
            if (_proven()) return;
            if (court.caseOf(caseId).phase == ICourt.Phase.Seeding) {
                if (_below(5) == 0) _skipPhase(caseId);
                else _seed(caseId, keccak256(abi.encode(entropy)));
            }
            if (_ballots()) return;
            if (court.caseOf(caseId).phase == ICourt.Phase.Final) return;
            if (_proven()) return;
            if (!_appeals()) {
                _skipPhase(caseId);
                return;
            }
        }
    }

    function _ballots() private returns (bool) {
        uint8[] memory choices = new uint8[](holders.length);
        uint256 turnout = 3 + _below(12);
        uint8 herd = uint8(1 + _below(3));
        for (uint256 i = 0; i < holders.length; ++i) {
            (uint256 weight, ) = court.weightOf(caseId, holders[i]);
            if (weight == 0 || _below(10) > turnout) continue;
            choices[i] = _below(2) == 0 ? herd : uint8(1 + _below(3));
            _commit(caseId, holders[i], choices[i]);
        }
        if (_proven()) return true;
        _skipPhase(caseId);
        for (uint256 i = 0; i < holders.length; ++i) {
            if (choices[i] == 0 || _below(6) == 0) continue;
            _reveal(caseId, holders[i], choices[i]);
            if (i == 5 && _proven()) return true;
        }
        if (_proven()) return true;
        _skipPhase(caseId);
        return false;
    }

    function _appeals() private returns (bool) {
        uint256 round = court.caseOf(caseId).round;
        uint256 tries = _below(10);
        for (uint256 i = 0; i < tries; ++i) {
            vm.prank(funders[_below(3)]);
            try disputeManager.contribute(caseId, Ruling(_below(3)), 1 + _below(3_000e18)) {} catch {}
            if (court.caseOf(caseId).round > round) return true;
        }
        return false;
    }

    function _finish() private {
        bool settleFirst = _below(2) == 0;
        bool open = disputeManager.caseOf(caseId).state == IDisputeManager.CaseState.Open;
        if (settleFirst && open) disputeManager.settle(receipt);
        for (uint256 round = 0; round < MAX_ROUNDS; ++round) {
            for (uint256 i = 0; i < holders.length; ++i) {
                (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, holders[i]);
                if (ballot.weight > 0) court.claim(caseId, round, holders[i]);
            }
        }
        if (!settleFirst && open) disputeManager.settle(receipt);
        for (uint256 round = 1; round < MAX_ROUNDS; ++round) {
            for (uint256 asked = 0; asked < 3; ++asked) _withdraw(round, Ruling(asked));
        }
    }

    function _withdraw(uint256 round, Ruling asked) private {
        for (uint256 i = 0; i < 3; ++i) {
            if (disputeManager.contributionOf(caseId, round, asked, funders[i]) == 0) continue;
            disputeManager.withdrawContribution(caseId, round, asked, funders[i]);
        }
    }
}
