// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";
import { console } from "forge-std/console.sol";

contract CourtLifeTest is CourtTest {
    function test_OverturnedByAPanel() external {
        (CredenceReceipt memory receipt, bytes32 caseId) = _openNew(1);
        uint256 openerBefore = _wealth(opener) + 183e18 + 45e18;
        _assertPhase(caseId, ICourt.Phase.Evidence);
        _voteAll(caseId, AT_FAULT);
        _assertPhase(caseId, ICourt.Phase.Appeal);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        _skipPhase(caseId);
        uint256 g = gasleft();
        disputeManager.settle(receipt);
        console.log("settle", g - gasleft());
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(_credit(beneficiary), JUDGED_COVERAGE);
        // 40 % of 400 to the reserve, the fee of 45 back to the opener, and at most 200 of bounty from the 195 left.
        assertEq(_wealth(opener), openerBefore + 195e18);
        uint256 paid = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            if (_weight(caseId, 0, holders[i]) == 0) continue;
            uint256 before = _wealth(holders[i]);
            g = gasleft();
            court.claim(caseId, 0, holders[i]);
            console.log("claim", g - gasleft());
            paid += _wealth(holders[i]) - before;
            assertEq(vault.lockedBy(address(court), holders[i]), 0);
        }
        assertEq(paid + _credit(RESERVE), 45e18 + 160e18);
        assertEq(_credit(address(court)), 0);
        assertEq(_credit(address(disputeManager)), 0);
    }

    function test_AppealedToAll() external {
        (CredenceReceipt memory receipt, bytes32 caseId) = _openNew(1);
        address outsider = makeAddr("outsider");
        _approve(outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        uint256 before = _wealth(outsider);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        _assertPhase(caseId, ICourt.Phase.Final);
        disputeManager.settle(receipt);
        disputeManager.withdrawContribution(caseId, 1, Ruling.Overturned, outsider);
        disputeManager.withdrawContribution(caseId, 2, Ruling.Overturned, outsider);
        console.log(_wealth(outsider) > before, _wealth(outsider), before);
        for (uint256 round = 0; round < 3; ++round) {
            for (uint256 i = 0; i < holders.length; ++i) {
                if (_weight(caseId, round, holders[i]) == 0) continue;
                court.claim(caseId, round, holders[i]);
                assertEq(_weight(caseId, round, holders[i]), 0);
            }
        }
        assertEq(_credit(address(court)), 0);
        assertEq(_credit(address(disputeManager)), 0);
    }

    function _weight(bytes32 caseId, uint256 round, address voter) private view returns (uint256) {
        (ICourt.Ballot memory ballot, ) = court.ballotOf(caseId, round, voter);
        return ballot.weight;
    }
}
