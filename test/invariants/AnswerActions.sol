// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { IOperatorRegistry } from "../../contracts/operators/IOperatorRegistry.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { OperatorActions } from "./OperatorActions.sol";

/// @notice Receipts, batches and published answers: good ones, void ones, and ones that are shown wrongly.
abstract contract AnswerActions is OperatorActions {
    bytes internal constant OTHER_OUTPUT = hex"00000008";

    /* SIGNING */

    /// @dev Signs a receipt with the key for the model; now and then one that is void in some way.
    function _issue(uint256 seed, uint256 key, uint256 model, uint96 coverage) internal returns (uint256) {
        CredenceReceipt memory r = _receipt(_oneIn(seed, "shared", 3) ? _draw(seed, "job", 3) : 1e9 + _signed.length);
        Key storage k = _keys[key];
        (r.operator, r.signerId, r.modelId) = (k.operator, _signerId(key), _models[model].id);
        r.coverage = coverage;
        r.beneficiary = _anyAccount(_other(seed, 1));
        r.issuedAt = uint48(block.timestamp - (_oneIn(seed, "old", 3) ? _draw(seed, "age", 1 days) : 0));
        r.anchorBy = r.issuedAt + 1 days;
        (bytes memory request, bytes memory output) = _compute(seed, r);
        if (_oneIn(seed, "flawed", 6)) _spoil(seed, r);
        uint256 i = _sign(r, key, model, output, !_oneIn(seed, "forged", 12));
        _signed[i].request = request;
        return i;
    }

    /// @dev Question and answer, and what the receipt says of them.
    function _compute(
        uint256 seed,
        CredenceReceipt memory r
    ) internal virtual returns (bytes memory request, bytes memory output) {
        (request, output) = (REQUEST, _oneIn(seed, "other", 3) ? OTHER_OUTPUT : OUTPUT);
        r.outputHash = keccak256(output);
    }

    function _spoil(uint256 seed, CredenceReceipt memory r) private view {
        uint256 flaw = _draw(seed, "flaw", 8);
        if (flaw == 0) r.coverage += 1;
        else if (flaw == 1) (r.issuedAt, r.anchorBy) = (r.issuedAt + 1 hours, r.anchorBy + 1 hours);
        else if (flaw == 2) r.issuedAt -= 1 days + 1 hours;
        else if (flaw == 3) r.anchorBy += 1;
        else if (flaw == 4) r.jobId = 0;
        else if (flaw == 5) r.beneficiary = address(0);
        else if (flaw == 6) r.operator = _anyOperator(_other(seed, 1));
        else r.anchorBy = uint48(block.timestamp + _draw(seed, "by", 1 hours));
    }

    /// @dev The index of the receipt, which is the old one if the very same was signed before.
    function _sign(
        CredenceReceipt memory r,
        uint256 key,
        uint256 model,
        bytes memory output,
        bool genuine
    ) internal returns (uint256) {
        bytes32 id = protocol.attestations.receiptIdOf(r);
        if (_signedAt[id] != 0) return _signedAt[id] - 1;
        bytes memory raw = _sign(_keys[key].secret, genuine ? id : keccak256(abi.encode(id)));
        Signed storage s = _signed.push();
        (s.receipt, s.id, s.genuine, s.key, s.model) = (r, id, genuine, key, model);
        s.signature = abi.encode(abi.encodePacked(_keys[key].account), raw);
        (s.request, s.output) = (REQUEST, output);
        _signedAt[id] = _signed.length;
        return _signed.length - 1;
    }

    /// @dev A key that may anchor now, of the drawn operator or the next one; any key if there is none.
    function _anyKey(uint256 seed) internal view returns (uint256) {
        uint256 first = _draw(seed, "operator", SLOTS);
        for (uint256 n = 0; n < SLOTS * _keys.length; ++n) {
            address operator_ = _slots[(first + n / _keys.length) % SLOTS];
            uint256 key = _keys.length - 1 - (n % _keys.length);
            bool jailed = block.timestamp < protocol.operators.operator(operator_).jailedUntil;
            if (!jailed && !_hasLeft(operator_) && _keyValid(key, operator_, block.timestamp)) return key;
        }
        return _draw(seed, "key", _keys.length);
    }

    /// @dev A coverage that `count` answers can have now, or just so, or cannot.
    function _fitting(uint256 seed, uint256 key, uint256 model, uint256 count) internal view returns (uint96) {
        uint256 most = (_available(_keys[key].operator) * 10_000) / (10_000 + _models[model].penaltyBps) / count;
        if (most > 0) most -= 1; // for what the penalty rounds up
        uint256 kind = _draw(seed, "fit", 6);
        if (kind == 0) return _anyCoverage(seed);
        return uint96(kind < 3 ? most : Math.min(most, _anyCoverage(seed)));
    }

    function _anyModel(uint256 seed) internal view returns (uint256 model) {
        model = _draw(seed, "model", _models.length);
        for (uint256 n = 0; n < 3 && !_models[model].judged && _oneIn(seed, "judged", 2); ++n) {
            model = _draw(_other(seed, n), "model", _models.length);
        }
        if (_models[model].deprecated && !_oneIn(seed, "deprecated", 6)) return 0;
    }

    function _anyCoverage(uint256 seed) internal view returns (uint96) {
        if (_oneIn(seed, "small", 15)) return COVERAGE - 1;
        return COVERAGE * uint96(1 + _draw(seed, "coverage", _oneIn(seed, "large", 5) ? 200 : 10));
    }

    /* ANCHORING */

    function anchor(uint256 seed) external {
        uint256 key = _anyKey(seed);
        uint256 model = _anyModel(seed);
        uint256[] memory leaves = new uint256[](1 + _draw(seed, "count", 8));
        uint96 coverage = _fitting(seed, key, model, leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            bool again = i > 0 && _oneIn(_other(seed, i), "again", 8);
            bool foreign = _signed.length > 0 && _oneIn(_other(seed, i), "foreign", 8);
            if (again) leaves[i] = leaves[i - 1];
            else if (foreign) leaves[i] = _draw(_other(seed, i), "foreign", _signed.length);
            else leaves[i] = _issue(_other(seed, i), key, model, coverage);
        }
        Batch memory header = _header(seed, key, model, coverage, leaves);
        bool expected = _mayAnchor(header, key, model);
        (address caller, bytes memory signature) = (_keys[key].operator, bytes(""));
        uint256 sender = _draw(seed, "sender", 5);
        if (sender == 0) caller = _keys[key].account;
        if (sender == 1) {
            signature = _signHeader(header, key);
            caller = stranger;
        }
        if (sender == 2 && _oneIn(seed, "unsigned", 3)) (caller, expected) = (stranger, false);
        bytes memory data = abi.encodeCall(IAttestationRegistry.anchor, (header, signature));
        if (!_do("anchor", caller, address(protocol.attestations), data, expected)) return;
        Anchored storage a = _batches.push();
        (a.batch, a.leaves, a.model, a.anchoredAt, a.open) = (header, leaves, model, block.timestamp, leaves.length);
        uint256 exposure = _leafLocks(header.operator);
        _require(exposure <= _capOf(header.operator), "leaf locks exceed the exposure cap");
    }

    /// @notice A header is anchored once; what the second attempt would add must not exist.
    function anchorAgain(uint256 seed) external {
        if (_batches.length == 0) return;
        Batch memory header = _batches[_draw(seed, "batch", _batches.length)].batch;
        bytes memory data = abi.encodeCall(IAttestationRegistry.anchor, (header, ""));
        _do("anchorAgain", header.operator, address(protocol.attestations), data, false);
    }

    function _header(
        uint256 seed,
        uint256 key,
        uint256 model,
        uint96 coverage,
        uint256[] memory leaves
    ) private view returns (Batch memory header) {
        bytes32[] memory ids = new bytes32[](leaves.length);
        for (uint256 i = 0; i < ids.length; ++i) ids[i] = _signed[leaves[i]].id;
        uint256 by = block.timestamp + 1 + _draw(seed, "by", 1 days);
        if (_oneIn(seed, "late", 20)) by = block.timestamp;
        if (_oneIn(seed, "far", 20)) by = block.timestamp + 1 days + 1;
        header = Batch({
            operator: _keys[key].operator,
            signerId: _signerId(key),
            modelId: _models[model].id,
            root: _root(ids),
            count: uint32(ids.length),
            coverage: coverage,
            anchorBy: uint48(by),
            dataURI: string(abi.encodePacked(_batches.length))
        });
    }

    function _signHeader(Batch memory header, uint256 key) private view returns (bytes memory) {
        bytes memory raw = _sign(_keys[key].secret, protocol.attestations.batchIdOf(header));
        return abi.encode(abi.encodePacked(_keys[key].account), raw);
    }

    function _mayAnchor(Batch memory header, uint256 key, uint256 model) private view returns (bool) {
        if (header.anchorBy <= block.timestamp || header.anchorBy > block.timestamp + 1 days) return false;
        if (block.timestamp < protocol.attestations.pausedUntil()) return false;
        if (header.coverage < COVERAGE || _models[model].deprecated) return false;
        if (_hasLeft(header.operator) || !_keyValid(key, header.operator, block.timestamp)) return false;
        if (block.timestamp < protocol.operators.operator(header.operator).jailedUntil) return false;
        return header.count * _lockUp(header.coverage, model) <= _available(header.operator);
    }

    /* PUBLISHING */

    function publish(uint256 seed) external {
        if (_batches.length == 0) return;
        (uint256 b, uint256 index) = _findLeaf(seed, _isPublishable);
        uint256 i = _batches[b].leaves[index];
        Leaf memory leaf = _leafAt(b, index);
        bool expected = _isPublishable(b, i);
        if (_oneIn(seed, "misplaced", 10)) {
            leaf.index ^= 1;
            bool twin = leaf.index < leaf.batch.count && _batches[b].leaves[leaf.index] == i;
            expected = expected && twin;
        }
        (bytes memory request, bytes memory output, bool right) = _shown(seed, i);
        bytes memory data = abi.encodeCall(IAttestationRegistry.publish, (leaf, request, output));
        if (!_do("publish", _anyAccount(seed), address(protocol.attestations), data, expected && right)) return;
        _notePublished(b, i);
    }

    function _notePublished(uint256 b, uint256 i) internal {
        _require(_batches[b].open > 0, "more leaves paid than anchored");
        _batches[b].open -= 1;
        uint256 lock = _lockUp(_signed[i].receipt.coverage, _signed[i].model);
        _begin(i, lock, block.timestamp + _models[_signed[i].model].window, false);
    }

    /// @notice Anybody anchors a receipt alone: one that waits in a batch, that was handed out, or a new one.
    function anchorReceipt(uint256 seed) external {
        uint256 i = _anyReceipt(seed);
        (bytes memory request, bytes memory output, bool right) = _shown(seed, i);
        _anchorReceipt(i, _anyAccount(seed), request, output, right);
    }

    function _anchorAlone(uint256 i, address caller) internal {
        bool hidden = _models[_signed[i].model].privateInput;
        bytes memory none = "";
        _anchorReceipt(i, caller, hidden ? none : _signed[i].request, hidden ? none : _signed[i].output, true);
    }

    function _anchorReceipt(uint256 i, address caller, bytes memory request, bytes memory output, bool right) private {
        bytes memory data = abi.encodeCall(
            IAttestationRegistry.anchorReceipt,
            (_signed[i].receipt, _signed[i].signature, request, output)
        );
        bool expected = right && _mayAnchorAlone(i);
        uint256 full = _lockUp(_signed[i].receipt.coverage, _signed[i].model);
        uint256 lock = Math.min(full, _available(_signed[i].receipt.operator));
        if (!_do("anchorReceipt", caller, address(protocol.attestations), data, expected)) return;
        uint256 end = block.timestamp + _models[_signed[i].model].window + (lock < full ? HONOUR_WINDOW : 0);
        _begin(i, lock, end, true);
        if (lock < full) ++_succeeded["anchorReceipt short"];
    }

    function _anyReceipt(uint256 seed) private returns (uint256) {
        uint256 kind = _draw(seed, "kind", 4);
        if (kind == 0 && _batches.length > 0) {
            (uint256 b, uint256 index) = _findLeaf(seed, _isPublishable);
            return _batches[b].leaves[index];
        }
        if (kind == 1 && _signed.length > 0) return _draw(seed, "which", _signed.length);
        uint256 key = _anyKey(seed);
        uint256 model = _anyModel(seed);
        return _issue(seed, key, model, _fitting(seed, key, model, 1) + (_oneIn(seed, "short", 4) ? COVERAGE : 0));
    }

    function _mayAnchorAlone(uint256 i) private view returns (bool) {
        CredenceReceipt storage r = _signed[i].receipt;
        if (_answers[i].publishedAt != 0 || r.coverage < COVERAGE) return false;
        if (!_timely(i, block.timestamp) || !_signatureHolds(i)) return false;
        IOperatorRegistry.OperatorView memory o = protocol.operators.operator(r.operator);
        if (r.issuedAt >= o.jailedFrom && r.issuedAt < o.jailedUntil) return false;
        Standing storage s = _standings[r.operator];
        bool gone = s.retiredAt != 0 && r.issuedAt >= s.retiredAt;
        return !gone && (s.tombstonedAt == 0 || r.issuedAt < s.tombstonedAt);
    }

    function _shown(uint256 seed, uint256 i) private view returns (bytes memory, bytes memory, bool) {
        if (_models[_signed[i].model].privateInput) return ("", "", true);
        if (_oneIn(seed, "hidden", 15)) return ("", "", false);
        return (_signed[i].request, _signed[i].output, true);
    }

    function _begin(uint256 i, uint256 lock, uint256 finalAt, bool alone) private {
        Answer storage a = _answers[i];
        (a.publishedAt, a.finalAt, a.locked) = (block.timestamp, finalAt, lock);
        (a.state, a.alone) = (IAttestationRegistry.LockState.InBucket, alone);
    }

    /* MAKING LOCKS WHOLE */

    function honour(uint256 seed) external {
        if (_signed.length == 0) return;
        uint256 i = _find(seed, _isShort);
        Answer storage a = _answers[i];
        bool inTime = a.alone && block.timestamp < a.publishedAt + HONOUR_WINDOW;
        bool expected = inTime && a.state != IAttestationRegistry.LockState.Seized;
        uint256 missing = a.alone ? _missing(i) : 0;
        if (missing > 0 && _oneIn(seed, "prepared", 2)) _makeRoom(_signed[i].receipt.operator, missing);
        expected = expected && missing > 0 && _available(_signed[i].receipt.operator) >= missing;
        bytes memory data = abi.encodeCall(IAttestationRegistry.honour, (_signed[i].receipt));
        if (_do("honour", _anyAccount(seed), address(protocol.attestations), data, expected)) a.locked += missing;
    }

    function merge(uint256 seed) external {
        if (_batches.length == 0) return;
        (uint256 b, uint256 index) = _findLeaf(seed, _isMergeable);
        uint256 i = _batches[b].leaves[index];
        bool expected = _isMergeable(b, i);
        bytes memory data = abi.encodeCall(IAttestationRegistry.merge, (_leafAt(b, index)));
        if (_do("merge", _anyAccount(seed), address(protocol.attestations), data, expected)) _noteMerged(b, i);
    }

    function _noteMerged(uint256 b, uint256 i) internal {
        Answer storage a = _answers[i];
        _require(_batches[b].open > 0, "more leaves paid than anchored");
        _batches[b].open -= 1;
        a.merged = true;
        bool seized = a.state == IAttestationRegistry.LockState.Seized;
        uint256 filled = seized || _contestable(i) ? _missing(i) : 0;
        uint256 owed = _signed[i].receipt.coverage - _coverageOf(a.locked, _signed[i].model);
        a.locked += filled;
        if (filled > 0) ++_succeeded["merge fills"];
        if (!seized) return;
        _lowerCap(_signed[i].receipt.operator, filled);
        _take(_signed[i].receipt.operator, filled);
        (address[] memory to, uint256[] memory amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (_signed[i].receipt.beneficiary, owed);
        _distribute(filled, to, amounts);
    }

    function sweep(uint256 seed) external {
        address operator_ = _anyAccount(seed);
        bytes memory data = abi.encodeCall(IAttestationRegistry.sweep, (operator_));
        _do("sweep", _anyAccount(_other(seed, 1)), address(protocol.attestations), data, true);
        uint256 locked = protocol.vault.lockedBy(address(protocol.attestations), operator_);
        _require(locked == _leafLocks(operator_), "sweep left or freed too much");
    }

    /* INTERNAL */

    /// @dev The latest receipt that fits, looking at twenty; any other if none does.
    function _find(uint256 seed, function(uint256) view returns (bool) fits) internal view returns (uint256) {
        for (uint256 n = 0; n < Math.min(_signed.length, 20); ++n) {
            if (fits(_signed.length - 1 - n)) return _signed.length - 1 - n;
        }
        return _draw(seed, "any", _signed.length);
    }

    /// @dev The same for a leaf of the latest batches.
    function _findLeaf(
        uint256 seed,
        function(uint256, uint256) view returns (bool) fits
    ) internal view returns (uint256 b, uint256 index) {
        for (uint256 n = 0; n < Math.min(_batches.length, 6); ++n) {
            b = _batches.length - 1 - n;
            for (index = 0; index < _batches[b].leaves.length; ++index) {
                if (fits(b, _batches[b].leaves[index])) return (b, index);
            }
        }
        b = _draw(seed, "batch", _batches.length);
        index = _draw(seed, "index", _batches[b].leaves.length);
    }

    function _isPublishable(uint256 b, uint256 i) internal view returns (bool) {
        return _answers[i].publishedAt == 0 && block.timestamp < _lockEnd(b) && !_void(b, i);
    }

    function _isMergeable(uint256 b, uint256 i) internal view returns (bool) {
        return _answers[i].alone && !_answers[i].merged && block.timestamp < _freeFrom(_lockEnd(b)) && !_void(b, i);
    }

    function _isShort(uint256 i) internal view returns (bool) {
        Answer storage a = _answers[i];
        return a.alone && !a.dishonoured && _missing(i) > 0;
    }
}
