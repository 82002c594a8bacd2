// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { AnswerStatus, Confidence } from "../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Harness } from "./Harness.sol";

/// @notice What is checked of leaves and answers: what they lock, what they pay, what they read as.
abstract contract AnswerHarness is Harness {
    /* LOCKS */

    /// @dev Attestations locks what open leaves and answers lock, and has the right to no more and no less.
    function _checkLeafLocks() internal {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            address account = _accounts[i];
            uint256 live = _leafLocks(account);
            address attestations = address(protocol.attestations);
            assertGe(protocol.vault.lockedBy(attestations, account), live, "before the sweep");
            assertEq(protocol.operators.exposureCap(account), _capOf(account), "exposure cap");
            assertEq(protocol.attestations.lockable(account), _available(account), "lockable");
            protocol.attestations.sweep(account);
            assertEq(protocol.vault.lockedBy(attestations, account), live, "after the sweep");
        }
    }

    /// @dev Every open leaf is overturned now, the last or the first one first, and every beneficiary is paid in full.
    function _checkPayable() internal {
        uint256 snapshot = vm.snapshotState();
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) _publishOpen(b, index);
        }
        bool backwards = block.timestamp % 2 == 0;
        for (uint256 n = 0; n < _signed.length; ++n) _overturn(backwards ? _signed.length - 1 - n : n);
        for (uint256 i = 0; i < _accounts.length; ++i) {
            IStakeVault.AccountView memory a = protocol.vault.account(_accounts[i]);
            assertLe(a.locked, a.active + a.unbonding, "locked beyond bonded");
        }
        assertTrue(vm.revertToStateAndDelete(snapshot), "snapshot");
    }

    function _publishOpen(uint256 b, uint256 index) private {
        Signed storage s = _signed[_batches[b].leaves[index]];
        if (protocol.attestations.answer(s.id).publishedAt != 0) return;
        if (block.timestamp >= _lockEnd(b) || _void(b, _batches[b].leaves[index])) return;
        bool hidden = _models[s.model].privateInput;
        Confidence memory before = protocol.attestations.check(_leafAt(b, index));
        protocol.attestations.publish(_leafAt(b, index), hidden ? bytes("") : s.request, hidden ? bytes("") : s.output);
        Confidence memory c = protocol.attestations.checkReceipt(s.receipt);
        assertEq(c.payableNow, before.payableNow, "publishing changed what is payable");
        if (s.receipt.beneficiary != address(0)) assertEq(c.payableNow, s.receipt.coverage, "payable of a leaf");
    }

    /// @dev By proof, through whatever case is open; what the clock has decided stays decided.
    function _overturn(uint256 i) private {
        CredenceReceipt memory r = _signed[i].receipt;
        IAttestationRegistry.AnswerView memory a = protocol.attestations.answer(_signed[i].id);
        bool held = a.state == IAttestationRegistry.LockState.Held && !_isUnsettled(i);
        bool open = a.state == IAttestationRegistry.LockState.InBucket && block.timestamp < a.finalAt;
        if (!held && !open) return;
        uint256 backed = protocol.attestations.checkReceipt(r).payableNow;
        uint256 before = protocol.vault.account(r.beneficiary).credit;
        vm.prank(replay);
        uint256 taken = protocol.disputes.overturn(r, address(0), ISlashingRegistry.Offence.FalseAnswer);
        assertEq(taken, a.locked, "taken");
        assertGe(protocol.vault.account(r.beneficiary).credit, before + backed, "beneficiary unpaid");
        if (r.beneficiary != address(0)) assertEq(backed, _coverageOf(a.locked, _signed[i].model), "payable");
    }

    /* READINGS */

    /// @dev Answers read as recorded; what is not published is never final, and what was final stays so. An answer is
    /// held exactly while a case or game on it is open, and no longer once it was seized.
    function _checkAnswers() internal view {
        for (uint256 i = 0; i < _signed.length; ++i) {
            Confidence memory c = protocol.attestations.checkReceipt(_signed[i].receipt);
            Answer storage a = _answers[i];
            assertEq(c.publishedAt, a.publishedAt, "publishedAt");
            assertEq(c.finalAt, a.finalAt, "finalAt");
            if (a.publishedAt == 0) {
                assertEq(uint8(c.status), uint8(AnswerStatus.Unknown), "status of what is not published");
                continue;
            }
            assertEq(uint8(c.status), uint8(_statusOf(i)), "status");
            _checkHold(i);
            assertEq(c.backed, _coverageOf(a.locked, _signed[i].model), "backed");
            bool payable_ = _contestable(i) && _signed[i].receipt.beneficiary != address(0);
            assertEq(c.payableNow, payable_ ? c.backed : 0, "payableNow");
        }
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) _checkLeaf(b, index);
        }
        for (uint256 i = 0; i < _finals.length; ++i) {
            Confidence memory c = protocol.attestations.checkReceipt(_signed[_finals[i]].receipt);
            assertEq(uint8(c.status), uint8(AnswerStatus.Final), "no longer final");
        }
    }

    function _checkHold(uint256 i) private view {
        IAttestationRegistry.AnswerView memory a = protocol.attestations.answer(_signed[i].id);
        assertEq(uint8(a.state), uint8(_answers[i].state), "state of the lock");
        assertEq(a.openCases, _answers[i].openCases, "cases that hold it");
        assertEq(a.openCases > 0, a.state == IAttestationRegistry.LockState.Held, "held without a case");
        assertEq(a.locked, _answers[i].locked, "locked");
    }

    function _checkLeaf(uint256 b, uint256 index) private view {
        uint256 i = _batches[b].leaves[index];
        if (_answers[i].publishedAt != 0) return;
        AnswerStatus expected = block.timestamp < _lockEnd(b) ? AnswerStatus.Pending : AnswerStatus.Expired;
        if (_recalledAt(i) < _lockEnd(b)) expected = AnswerStatus.Recalled;
        if (_void(b, i)) expected = AnswerStatus.Unknown;
        Confidence memory c = protocol.attestations.check(_leafAt(b, index));
        assertEq(uint8(c.status), uint8(expected), "status of a leaf");
    }
}
