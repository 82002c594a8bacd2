// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { AnswerActions } from "./AnswerActions.sol";

/// @notice An adjudicator at the DisputeManager's address, and everybody who reports an offence.
abstract contract DisputeActions is AnswerActions {
    /* CASES */

    function hold(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isOpen);
        Answer storage a = _answers[i];
        bool expected = a.state == IAttestationRegistry.LockState.Held || _contestable(i);
        expected = expected && block.timestamp < a.finalAt;
        bytes memory data = abi.encodeCall(IAttestationRegistry.hold, (_signed[i].receipt));
        if (!_do("hold", disputes, address(protocol.attestations), data, expected)) return;
        a.state = IAttestationRegistry.LockState.Held;
        a.openCases += 1;
    }

    function release(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isHeld);
        Answer storage a = _answers[i];
        IAttestationRegistry.CaseEnd end = IAttestationRegistry.CaseEnd(_draw(seed, "end", 3));
        bytes memory data = abi.encodeCall(IAttestationRegistry.release, (_signed[i].receipt, end));
        bool expected = a.openCases > 0;
        if (!_do("release", disputes, address(protocol.attestations), data, expected)) return;
        a.openCases -= 1;
        if (end == IAttestationRegistry.CaseEnd.Undecided) a.undecided = true;
        if (a.openCases > 0) return;
        a.state = IAttestationRegistry.LockState.InBucket;
        a.finalAt = Math.max(a.finalAt, block.timestamp);
    }

    function seize(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _contestable);
        address[] memory to = new address[](_draw(seed, "recipients", 4));
        uint256[] memory amounts = new uint256[](to.length);
        for (uint256 n = 0; n < to.length; ++n) {
            to[n] = _oneIn(_other(seed, n), "zero", 5) ? address(0) : _anyAccount(_other(seed, n));
            amounts[n] = _draw(_other(seed, n), "amount", _answers[i].locked + 2);
            if (_oneIn(_other(seed, n), "everything", 5)) amounts[n] = type(uint256).max;
        }
        _seize(i, to, amounts, _contestable(i));
    }

    function _seize(uint256 i, address[] memory to, uint256[] memory amounts, bool expected) internal {
        CredenceReceipt memory r = _signed[i].receipt;
        Answer storage a = _answers[i];
        bytes memory data = abi.encodeCall(IAttestationRegistry.seize, (r, to, amounts));
        (bool ok, bytes memory result) = _call(disputes, address(protocol.attestations), data);
        if (!_judge("seize", ok, expected, result)) return;
        _require(abi.decode(result, (uint256)) == a.locked, "seize took another amount than the lock");
        (a.state, a.openCases) = (IAttestationRegistry.LockState.Seized, 0);
        _lowerCap(r.operator, a.locked);
        _take(r.operator, a.locked);
        _distribute(a.locked, to, amounts);
    }

    /* OFFENCES */

    function recordRuling(uint256 seed) external {
        if (_signed.length == 0 || !_oneIn(seed, "really", 2)) return;
        uint256 i = _find(seed, _isSeized);
        if (!_isSeized(i) && !_oneIn(seed, "no seizure", 10)) return;
        ISlashingRegistry.Offence offence = ISlashingRegistry.Offence(_draw(seed, "offence", 4));
        bytes32 offenceId = protocol.slashing.offenceIdOf(offence, _signed[i].id);
        bool ruled =
            offence == ISlashingRegistry.Offence.FalseAnswer || offence == ISlashingRegistry.Offence.Unresponsive;
        bytes memory data = abi.encodeCall(
            ISlashingRegistry.recordRuling,
            (_signed[i].receipt, offence, _answers[i].locked)
        );
        bool expected = ruled && !_slashed[offenceId];
        if (_do("recordRuling", disputes, address(protocol.slashing), data, expected)) _slashed[offenceId] = true;
    }

    function slashDishonoured(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isDishonoured);
        CredenceReceipt memory r = _signed[i].receipt;
        bool expected = _isDishonoured(i);
        uint256 missing = expected ? r.coverage - _coverageOf(_answers[i].locked, _signed[i].model) : 0;
        bytes memory data = abi.encodeCall(ISlashingRegistry.slashDishonoured, (r));
        (bool ok, bytes memory result) = _call(_anyAccount(seed), address(protocol.slashing), data);
        if (!_judge("slashDishonoured", ok, expected, result)) return;
        _answers[i].dishonoured = true;
        Standing storage s = _standings[r.operator];
        uint256 bond = _moduleLocks[address(protocol.operators)][r.operator];
        uint256 taken = Math.min(2 * missing, bond);
        _require(abi.decode(result, (uint256)) == taken, "slashDishonoured took another amount");
        s.bondShort = true;
        if (s.tombstonedAt == 0) s.bondMissing += taken;
        _takeBond(r.operator, taken, r.beneficiary);
    }

    function slashEquivocation(uint256 seed) external {
        if (_signed.length < 2 || !_oneIn(seed, "really", 2)) return;
        uint256 first = _draw(seed, "first", _signed.length);
        uint256 second = _related(first, seed);
        for (uint256 n = 1; n <= Math.min(_signed.length, 40) && !_contradict(first, second); ++n) {
            second = _related(first = _signed.length - n, seed);
        }
        address reporter = _anyAccount(seed);
        (bytes memory data, bool holds) = _accusation(first, second, _oneIn(seed, "signature", 2));
        bytes32 offenceId = _equivocationId(first);
        bool expected = holds && _contradict(first, second) && !_slashed[offenceId];
        (bool ok, bytes memory result) = _call(reporter, address(protocol.slashing), data);
        if (!_judge("slashEquivocation", ok, expected, result)) return;
        _slashed[offenceId] = true;
        address operator_ = _signed[first].receipt.operator;
        if (_standings[operator_].tombstonedAt == 0) _standings[operator_].tombstonedAt = block.timestamp;
        uint256 bond = _moduleLocks[address(protocol.operators)][operator_];
        _require(abi.decode(result, (uint256)) == bond, "slashEquivocation took another amount");
        _takeBond(operator_, bond, reporter);
    }

    /* INTERNAL */

    /// @dev Half to the recipient, the rest to the reserve.
    function _takeBond(address operator_, uint256 taken, address recipient) private {
        _moduleLocks[address(protocol.operators)][operator_] -= taken;
        _take(operator_, taken);
        (address[] memory to, uint256[] memory amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (recipient, taken / 2);
        _distribute(taken, to, amounts);
    }

    function _related(uint256 first, uint256 seed) private view returns (uint256) {
        for (uint256 n = 1; n <= Math.min(_signed.length, 40); ++n) {
            uint256 i = _signed.length - n;
            if (_contradict(first, i) && _signatureHolds(i)) return i;
        }
        return _draw(seed, "second", _signed.length);
    }

    function _equivocationId(uint256 i) private view returns (bytes32) {
        CredenceReceipt storage r = _signed[i].receipt;
        bytes32 key = keccak256(abi.encode(r.operator, r.modelId, r.jobId));
        return protocol.slashing.offenceIdOf(ISlashingRegistry.Offence.Equivocation, key);
    }

    function _accusation(
        uint256 first,
        uint256 second,
        bool withSignature
    ) private view returns (bytes memory data, bool holds) {
        (Leaf memory a, bytes memory signature, bool firstHolds) = _evidence(first, true);
        (Leaf memory b, bytes memory otherSignature, bool secondHolds) = _evidence(second, withSignature);
        data = abi.encodeCall(ISlashingRegistry.slashEquivocation, (a, signature, b, otherSignature));
        holds = firstHolds && secondHolds;
    }

    /// @dev What there is against a receipt without its signature: that it is published, or a leaf of a batch.
    function _evidence(uint256 i, bool withSignature) private view returns (Leaf memory, bytes memory, bool) {
        if (withSignature) return (_bare(_signed[i].receipt), _signed[i].signature, _signatureHolds(i));
        if (_answers[i].publishedAt != 0) return (_bare(_signed[i].receipt), "", true);
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) {
                if (_batches[b].leaves[index] == i) return (_leafAt(b, index), "", !_void(b, i));
            }
        }
        return (_bare(_signed[i].receipt), "", false);
    }

    function _contradict(uint256 first, uint256 second) private view returns (bool) {
        CredenceReceipt storage a = _signed[first].receipt;
        CredenceReceipt storage b = _signed[second].receipt;
        if (a.operator != b.operator || a.modelId != b.modelId || a.jobId != b.jobId || a.jobId == 0) return false;
        uint256 later = Math.max(a.issuedAt, b.issuedAt);
        bool inTime = later <= block.timestamp && block.timestamp < later + UNBONDING_PERIOD;
        return inTime && a.outputHash != b.outputHash;
    }

    function _isOpen(uint256 i) internal view returns (bool) {
        return _contestable(i) && block.timestamp < _answers[i].finalAt;
    }

    function _isHeld(uint256 i) internal view returns (bool) {
        return _answers[i].openCases > 0;
    }

    function _isSeized(uint256 i) internal view returns (bool) {
        return _answers[i].state == IAttestationRegistry.LockState.Seized;
    }

    function _isDishonoured(uint256 i) internal view returns (bool) {
        if (!_isShort(i)) return false;
        uint256 end = _answers[i].publishedAt + HONOUR_WINDOW;
        return (_isSeized(i) || block.timestamp >= end) && block.timestamp < end + 7 days;
    }
}
